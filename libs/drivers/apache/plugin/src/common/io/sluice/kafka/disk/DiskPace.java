package io.sluice.kafka.disk;

import java.util.concurrent.TimeUnit;

/** When to measure next: every few seconds, sooner where producers come and room is short, and never so often that measuring is what the machine does. */
final class DiskPace {
    static final long PAUSE_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(250);
    static final long PAUSE_NANOS_MAX = TimeUnit.SECONDS.toNanos(3);
    /** Somebody waits for room. */
    static final long PAUSE_NANOS_REFUSED = TimeUnit.SECONDS.toNanos(1);
    /** A twentieth of one processor at most. */
    static final int PAUSE_PER_MEASUREMENT = 20;
    /** What producers may be able to write in a second. */
    static final long FEARED_BYTES_PER_SECOND = 256L << 20;

    private DiskPace() {
    }

    /** While nobody produces. */
    static long pauseNanos(long tookNanos) {
        return Math.max(PAUSE_NANOS_MAX, tookNanos * PAUSE_PER_MEASUREMENT);
    }

    /** While somebody does, with so many bytes left until that is refused. */
    static long pauseOfProducersNanos(long tookNanos, long leftBytes, boolean isRefused) {
        long fullAfterNanos = (long) ((double) leftBytes / FEARED_BYTES_PER_SECOND * TimeUnit.SECONDS.toNanos(1));
        long usual = isRefused ? PAUSE_NANOS_REFUSED : Math.max(PAUSE_NANOS_MIN, Math.min(PAUSE_NANOS_MAX, fullAfterNanos));
        return Math.max(usual, tookNanos * PAUSE_PER_MEASUREMENT);
    }
}
