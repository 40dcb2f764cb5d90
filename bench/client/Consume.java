import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.producer.KafkaProducer;

final class Consume {
    /** A topic that is there, from its beginning: from the first poll to the last record. */
    static Map<String, Object> fromStart(Request request) {
        try (Reader reader = Reader.fromStart(request)) {
            long began = System.nanoTime();
            reader.read(request.number("records"), records -> { });
            return Map.of("seconds", (System.nanoTime() - began) / 1e9);
        }
    }

    /** A consumer at the end of the topic while one producer writes as fast as it can: from the first send to the last record received. */
    static Map<String, Object> atTail(Request request) throws Exception {
        String topic = request.text("topic");
        int count = request.number("records");
        Records written = new Records(topic, request.number("recordBytes"));
        try (Reader reader = Reader.atTail(request); KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(request.producer())) {
            producer.partitionsFor(topic);
            long began = System.nanoTime();
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                try {
                    written.write(producer, count);
                } catch (Exception error) {
                    throw new CompletionException(error);
                }
            });
            reader.read(count, records -> { if (writing.isCompletedExceptionally()) writing.join(); });
            long ended = System.nanoTime();
            writing.join();
            return Map.of("seconds", (ended - began) / 1e9);
        }
    }
}
