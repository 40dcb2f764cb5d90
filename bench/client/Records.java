import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** What is written: values of random bytes, without keys; the client's own partitioner spreads them. */
final class Records {
    private static final int DIFFERENT = 64;
    private final byte[][] values = new byte[DIFFERENT][];
    private final String topic;
    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private final Callback callback = (metadata, error) -> { if (error != null) failure.compareAndSet(null, error); };

    Records(String topic, int sizeBytes) {
        this.topic = topic;
        Random random = new Random(1);
        for (int i = 0; i < DIFFERENT; i++) random.nextBytes(values[i] = new byte[sizeBytes]);
    }

    /** As fast as the producer takes them; returns when all are acknowledged. */
    void write(KafkaProducer<byte[], byte[]> producer, int count) throws Exception {
        for (int i = 0; i < count; i++) producer.send(new ProducerRecord<>(topic, values[i % DIFFERENT]), callback);
        producer.flush();
        checkFailure();
    }

    void send(KafkaProducer<byte[], byte[]> producer, byte[] value) { producer.send(new ProducerRecord<>(topic, value), callback); }

    void checkFailure() throws Exception { if (failure.get() != null) throw failure.get(); }
}
