package io.sluice.kafka;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/**
 * Program: reads properties from stdin and prints a JSON list of {@code {"key", "reason"}}, one for each that this version of Kafka doesn't know or wouldn't take. Each is
 * judged for itself; what Kafka checks between settings shows at start only.
 */
public final class ConfigCheck {
    private ConfigCheck() {
    }

    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.load(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println(new ObjectMapper().writeValueAsString(problems(BrokerConfigs.definitions(), properties)));
    }

    static List<Map<String, String>> problems(ConfigDef definitions, Properties properties) {
        List<Map<String, String>> problems = new ArrayList<>();
        for (String name : new TreeSet<>(properties.stringPropertyNames())) {
            String reason = reasonAgainst(definitions.configKeys().get(name), name, properties.getProperty(name));
            if (reason != null) problems.add(new TreeMap<>(Map.of("key", name, "reason", reason)));
        }
        return problems;
    }

    /** Null: Kafka takes it. */
    private static String reasonAgainst(ConfigDef.ConfigKey key, String name, String value) {
        if (key == null) return "Apache Kafka has no such setting";
        try {
            new ConfigDef().define(key).parse(new HashMap<>(Map.of(name, value)));
            return null;
        } catch (ConfigException error) {
            return error.getMessage();
        }
    }
}
