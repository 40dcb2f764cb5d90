package io.sluice.kafka.file;

/** A file of the platform's that isn't wholly right: it isn't used at all. Never quotes what could be a verifier. */
public final class RefusedFileException extends Exception {
    private static final long serialVersionUID = 1L;

    public RefusedFileException(String message) {
        super(message);
    }
}
