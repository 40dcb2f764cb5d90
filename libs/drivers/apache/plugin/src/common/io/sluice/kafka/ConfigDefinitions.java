package io.sluice.kafka;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;

/** Program: prints the broker's settings as one JSON list, in the order of their names. */
public final class ConfigDefinitions {
    private ConfigDefinitions() {
    }

    public static void main(String[] args) throws Exception {
        Map<String, String> updateModes = BrokerConfigs.updateModes();
        List<Map<String, Object>> definitions = new ArrayList<>();
        for (ConfigDef.ConfigKey key : new TreeMap<>(BrokerConfigs.definitions().configKeys()).values()) {
            definitions.add(definition(key, updateModes.getOrDefault(key.name, "read-only")));
        }
        System.out.println(new ObjectMapper().writeValueAsString(definitions));
    }

    private static Map<String, Object> definition(ConfigDef.ConfigKey key, String updateMode) {
        boolean isSecret = key.type == ConfigDef.Type.PASSWORD;
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", key.name);
        fields.put("type", key.type.name().toLowerCase(Locale.ROOT));
        fields.put("isRequired", !key.hasDefault());
        fields.put("defaultValue", !key.hasDefault() || key.defaultValue == null || isSecret ? null : ConfigDef.convertToString(key.defaultValue, key.type));
        fields.put("validator", key.validator == null ? null : key.validator.toString());
        fields.put("importance", key.importance.name().toLowerCase(Locale.ROOT));
        fields.put("updateMode", updateMode);
        fields.put("isInternal", key.internalConfig);
        fields.put("documentation", key.documentation);
        return fields;
    }
}
