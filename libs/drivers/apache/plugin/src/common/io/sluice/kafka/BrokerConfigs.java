package io.sluice.kafka;

import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;

/** The broker's settings as this version of Kafka defines them. */
final class BrokerConfigs {
    /** Newest first: 4.x, 3.x. */
    private static final String[] DYNAMIC_CONFIGS = {"org.apache.kafka.server.config.DynamicBrokerConfig", "kafka.server.DynamicBrokerConfig"};

    private BrokerConfigs() {
    }

    static ConfigDef definitions() throws ReflectiveOperationException {
        return (ConfigDef) Class.forName("kafka.server.KafkaConfig").getMethod("configDef").invoke(null);
    }

    /** {@code read-only}, {@code per-broker} or {@code cluster-wide} by name. */
    @SuppressWarnings("unchecked")
    static Map<String, String> updateModes() throws ReflectiveOperationException {
        for (String name : DYNAMIC_CONFIGS) {
            try {
                return (Map<String, String>) Class.forName(name).getMethod("dynamicConfigUpdateModes").invoke(null);
            } catch (ClassNotFoundException | NoSuchMethodException error) {
                // The next one.
            }
        }
        throw new NoSuchMethodException("dynamicConfigUpdateModes");
    }
}
