package io.sluice.kafka.disk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether there is room for producers to write: the cluster's disk limit, and what is kept free on the machine's disk. Measured by a thread of its own, one for a file of limits in a
 * process; who asks takes what was found last. A change of the limits counts at once, without a look at what was refused before.
 */
public final class DiskGuard {
    /** Without it there are no limits: a controller, which no producer comes to. */
    public static final String PATH_CONFIG = "sluice.disk.limits.file";

    private static final long LOOK_EVERY_MS = TimeUnit.NANOSECONDS.toMillis(DiskPace.PAUSE_NANOS_MIN);
    private static final Logger LOG = LoggerFactory.getLogger(DiskGuard.class);
    private static final Map<Path, DiskGuard> GUARDS = new ConcurrentHashMap<>();

    private final DiskLimitsFile file;
    private DiskLimits limits = DiskLimits.NONE;
    private long dueAtNanos = System.nanoTime();
    private long dueForProducersAtNanos = dueAtNanos;
    private String trouble;
    private volatile DiskRefusal refusal;
    /** Since the last measurement. */
    private volatile boolean isAsked;

    DiskGuard(Path path, String clusterId) {
        file = new DiskLimitsFile(path, clusterId);
    }

    /** Null where the configuration names no limits. */
    public static DiskGuard of(Map<String, ?> configs, String clusterId) {
        Object path = configs.get(PATH_CONFIG);
        if (path == null) return null;
        return GUARDS.computeIfAbsent(Path.of(path.toString()).toAbsolutePath().normalize(), each -> {
            DiskGuard guard = new DiskGuard(each, clusterId);
            Thread thread = new Thread(guard::run, "sluice-disk-guard");
            thread.setDaemon(true);
            thread.start();
            return guard;
        });
    }

    /** For each request of a producer: why it may not write now; null: it may. */
    public String refusal() {
        if (!isAsked) isAsked = true;
        DiskRefusal found = refusal;
        return found == null ? null : found.message();
    }

    private void run() {
        try {
            for (;; TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS)) look();
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }

    /** Measures if it is due, or if the limits are others than before. */
    void look() {
        DiskLimits now = file.current();
        boolean isOther = !now.equals(limits);
        if (!isOther && System.nanoTime() - (isAsked ? dueForProducersAtNanos : dueAtNanos) < 0) return;
        limits = now;
        isAsked = false;
        try {
            measure(isOther);
            trouble = null;
        } catch (IOException | RuntimeException error) {
            // What was found last stays; the log says so once.
            if (!error.toString().equals(trouble)) LOG.error("The room on the disk can't be measured: {}. {}", error.toString(), refusal == null ? "Producers may write." : "Producers stay refused.");
            trouble = error.toString();
            dueAtNanos = System.nanoTime() + DiskPace.PAUSE_NANOS_MAX;
            dueForProducersAtNanos = dueAtNanos;
        }
    }

    private void measure(boolean isOther) throws IOException {
        long begunNanos = System.nanoTime();
        DiskUsage usage = DiskUsage.of(limits);
        DiskRefusal before = refusal;
        DiskRefusal next = DiskRefusal.of(limits, usage, isOther ? null : before);
        refusal = next;
        long leftBytes = Math.min(limits.limitBytes() == null ? Long.MAX_VALUE : limits.limitBytes() - usage.segmentBytes(), usage.spareBytes());
        if (next != null && before == null) LOG.warn("Clients' producers are refused. {}", next.message());
        if (next == null && before != null) LOG.info("Clients' producers may write again. {} bytes are left until they may not.", leftBytes);
        long nowNanos = System.nanoTime();
        dueAtNanos = nowNanos + DiskPace.pauseNanos(nowNanos - begunNanos);
        dueForProducersAtNanos = nowNanos + DiskPace.pauseOfProducersNanos(nowNanos - begunNanos, leftBytes, next != null);
    }
}
