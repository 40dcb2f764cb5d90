package io.sluice.kafka.disk;

/**
 * Why producers may not write. Once they are refused there has to be some room again, not a byte: a cluster at its limit would go to and fro with each file that comes and goes.
 */
record DiskRefusal(Cause cause, String message) {
    enum Cause { LIMIT, FREE }

    private static final double SLACK = 0.05;
    private static final String WAYS_OUT = "Retention and deleting topics give room; so does DeleteRecords, of segments that are closed.";

    /** Null: there is room. {@code before}: what was said last of the same limits; null for nothing. */
    static DiskRefusal of(DiskLimits limits, DiskUsage usage, DiskRefusal before) {
        Long limit = limits.limitBytes();
        if (limit != null && usage.segmentBytes() >= (isFor(before, Cause.LIMIT) ? again(limit) : limit)) {
            return new DiskRefusal(Cause.LIMIT, "The cluster holds %d bytes, its disk limit is %d (diskLimitBytes). Producers may write again below %d. %s".formatted(usage.segmentBytes(), limit, again(limit), WAYS_OUT));
        }
        long kept = usage.keptBytes();
        long enough = kept + (long) (kept * SLACK);
        if (usage.usableBytes() < (isFor(before, Cause.FREE) ? enough : kept)) {
            return new DiskRefusal(Cause.FREE, "The disk has %d bytes left, %d are kept free. Producers may write again with %d. %s".formatted(usage.usableBytes(), kept, enough, WAYS_OUT));
        }
        return null;
    }

    private static boolean isFor(DiskRefusal before, Cause cause) {
        return before != null && before.cause == cause;
    }

    private static long again(long limit) {
        return limit - (long) (limit * SLACK);
    }
}
