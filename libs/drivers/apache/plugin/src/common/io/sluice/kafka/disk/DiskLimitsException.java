package io.sluice.kafka.disk;

/** A file of limits that isn't wholly right: it isn't used at all. */
final class DiskLimitsException extends Exception {
    private static final long serialVersionUID = 1L;

    DiskLimitsException(String message) {
        super(message);
    }
}
