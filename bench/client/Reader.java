import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** A consumer of every partition of a topic, without a group. Connected, with its positions known, once it is made. */
final class Reader implements AutoCloseable {
    private static final long PATIENCE_NANOS = 60_000_000_000L;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<TopicPartition> partitions;

    private Reader(Request request, boolean fromStart) {
        String topic = request.text("topic");
        consumer = new KafkaConsumer<>(request.consumer());
        partitions = consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).toList();
        consumer.assign(partitions);
        if (fromStart) consumer.seekToBeginning(partitions);
        else consumer.seekToEnd(partitions);
        for (TopicPartition partition : partitions) consumer.position(partition);
    }

    static Reader fromStart(Request request) { return new Reader(request, true); }

    /** One fetch waits at the broker already when this returns. */
    static Reader atTail(Request request) {
        Reader reader = new Reader(request, false);
        reader.consumer.poll(Duration.ofMillis(100));
        return reader;
    }

    interface Visitor { void visit(ConsumerRecords<byte[], byte[]> records); }

    /** Polls until so many records have come. */
    void read(long count, Visitor visitor) {
        long last = System.nanoTime();
        for (long read = 0; read < count;) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(500));
            if (!records.isEmpty()) {
                read += records.count();
                visitor.visit(records);
                last = System.nanoTime();
            } else if (System.nanoTime() - last > PATIENCE_NANOS) throw new IllegalStateException("no records for a minute after " + read + " of " + count);
        }
    }

    @Override public void close() { consumer.close(); }
}
