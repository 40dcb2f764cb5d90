package io.sluice.kafka;

import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;

/** The broker's settings as this version of Kafka defines them. */
final class BrokerConfigs {
    private BrokerConfigs() {
    }

    static ConfigDef definitions() throws ReflectiveOperationException {
        return (ConfigDef) Class.forName("kafka.server.KafkaConfig").getMethod("configDef").invoke(null);
    }

    /** {@code read-only}, {@code per-broker} or {@code cluster-wide} by name. */
    @SuppressWarnings("unchecked")
    static Map<String, String> updateModes() throws ReflectiveOperationException {
        try {
            return (Map<String, String>) Class.forName("org.apache.kafka.server.config.DynamicBrokerConfig").getMethod("dynamicConfigUpdateModes").invoke(null);
        } catch (ClassNotFoundException error) {
            // 3.9: an object of Scala.
            Class<?> companion = Class.forName("kafka.server.DynamicBrokerConfig$");
            return (Map<String, String>) companion.getMethod("dynamicConfigUpdateModes").invoke(companion.getField("MODULE$").get(null));
        }
    }
}
