package io.sluice.kafka.naming;

/** A policy that can't be used. The pointer is a JSON pointer into the policy. */
public final class NamingPolicyException extends Exception {
    private static final long serialVersionUID = 1L;
    private final String pointer;

    NamingPolicyException(String pointer, String message) {
        super(message);
        this.pointer = pointer;
    }

    public String pointer() {
        return pointer;
    }
}
