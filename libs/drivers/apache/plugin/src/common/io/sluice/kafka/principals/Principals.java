package io.sluice.kafka.principals;

import io.sluice.kafka.naming.NamingPolicy;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.security.auth.KafkaPrincipal;

/** One content of the file. Immutable. {@code namingPolicy} null: topic names are free. */
public record Principals(long sequence, Map<String, Key> keys, Set<KafkaPrincipal> granted, NamingPolicy namingPolicy) {
    static final Principals NONE = new Principals(-1, Map.of(), Set.of(), null);
}
