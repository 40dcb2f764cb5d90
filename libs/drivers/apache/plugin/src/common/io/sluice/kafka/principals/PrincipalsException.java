package io.sluice.kafka.principals;

/** A principals file that isn't wholly right: it isn't used at all. Never quotes what could be a verifier. */
final class PrincipalsException extends Exception {
    private static final long serialVersionUID = 1L;

    PrincipalsException(String message) {
        super(message);
    }
}
