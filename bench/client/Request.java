import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** One line of input: an operation and its values, `op key=value …`, none of which has a blank. */
record Request(String operation, Map<String, String> values) {
    static Request parse(String line) {
        String[] words = line.trim().split(" ");
        Map<String, String> values = new HashMap<>();
        for (int i = 1; i < words.length; i++) {
            int at = words[i].indexOf('=');
            values.put(words[i].substring(0, at), words[i].substring(at + 1));
        }
        return new Request(words[0], values);
    }

    String text(String key) {
        String value = values.get(key);
        if (value == null) throw new IllegalArgumentException(operation + " needs " + key);
        return value;
    }

    int number(String key) { return Integer.parseInt(text(key)); }

    /** Where and as whom; what isn't said is the client's default. */
    Properties connection() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", text("bootstrap"));
        if (!values.containsKey("user")) return properties;
        properties.put("security.protocol", "SASL_SSL");
        properties.put("sasl.mechanism", "PLAIN");
        properties.put("sasl.jaas.config", "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"" + text("user") + "\" password=\"" + text("password") + "\";");
        properties.put("ssl.truststore.type", "PEM");
        properties.put("ssl.truststore.location", text("ca"));
        return properties;
    }

    /** acks=all and idempotence are the client's defaults. */
    Properties producer() {
        Properties properties = connection();
        properties.put("key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        properties.put("value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        properties.put("buffer.memory", String.valueOf(64 << 20));
        if (values.containsKey("batchBytes")) properties.put("batch.size", text("batchBytes"));
        if (values.containsKey("lingerMs")) properties.put("linger.ms", text("lingerMs"));
        return properties;
    }

    Properties consumer() {
        Properties properties = connection();
        properties.put("key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        properties.put("value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        properties.put("enable.auto.commit", "false");
        return properties;
    }
}
