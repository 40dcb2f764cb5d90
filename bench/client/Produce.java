import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;

/** From the first send to the last acknowledgement; connecting comes before. */
final class Produce {
    static Map<String, Object> run(Request request) throws Exception {
        String topic = request.text("topic");
        Records records = new Records(topic, request.number("recordBytes"));
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(request.producer())) {
            producer.partitionsFor(topic);
            long began = System.nanoTime();
            records.write(producer, request.number("records"));
            return Map.of("seconds", (System.nanoTime() - began) / 1e9);
        }
    }
}
