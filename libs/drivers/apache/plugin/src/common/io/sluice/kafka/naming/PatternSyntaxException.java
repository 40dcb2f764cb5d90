package io.sluice.kafka.naming;

/** What is wrong with a pattern, for its author. */
final class PatternSyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    PatternSyntaxException(String message) {
        super(message);
    }
}
