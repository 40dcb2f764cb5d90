package io.sluice.kafka;

import org.apache.kafka.common.security.auth.KafkaPrincipal;

/**
 * Whom a key stands for, with the key's id: permissions end with the key, also on connections that are open and on requests that are forwarded to the controller.
 * Compares with its like by type and name, as Kafka's own does; Kafka's authorizers compare ACLs with the plain form of it.
 */
public final class KeyPrincipal extends KafkaPrincipal {
    private final String keyId;

    public KeyPrincipal(String type, String name, String keyId) {
        super(type, name);
        this.keyId = keyId;
    }

    public String keyId() {
        return keyId;
    }
}
