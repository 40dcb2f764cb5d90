import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;

/**
 * Records at a steady pace, each with the time at which it was due, to a consumer at the tail: milliseconds from that time to its receipt. A producer
 * that falls behind adds its delay. The first part of the records counts for nothing.
 */
final class EndToEnd {
    private static final double SETTLING = 0.2;

    static Map<String, Object> run(Request request) throws Exception {
        int perSecond = request.number("perSecond");
        int count = perSecond * request.number("seconds");
        int skipped = (int) (count * SETTLING);
        long[] nanos = new long[count];
        int[] read = {0};
        Records written = new Records(request.text("topic"), 8);
        try (Reader reader = Reader.atTail(request); KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(request.producer())) {
            producer.partitionsFor(request.text("topic"));
            Thread writer = new Thread(() -> pace(producer, written, perSecond, count, request.number("recordBytes")));
            writer.start();
            reader.read(count, records -> {
                long now = System.nanoTime();
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    ByteBuffer value = ByteBuffer.wrap(record.value());
                    long due = value.getLong();
                    nanos[value.getInt()] = now - due;
                    read[0]++;
                }
            });
            writer.join();
            written.checkFailure();
        }
        if (read[0] != count) throw new IllegalStateException(read[0] + " records read of " + count);
        long[] counted = Arrays.copyOfRange(nanos, skipped, count);
        Arrays.sort(counted);
        return Map.of("p50Ms", quantile(counted, 0.5), "p99Ms", quantile(counted, 0.99), "p999Ms", quantile(counted, 0.999), "maxMs", quantile(counted, 1));
    }

    private static void pace(KafkaProducer<byte[], byte[]> producer, Records records, int perSecond, int count, int recordBytes) {
        Random random = new Random(1);
        long began = System.nanoTime();
        for (int i = 0; i < count; i++) {
            byte[] value = new byte[recordBytes];
            random.nextBytes(value);
            long due = began + (long) (i * 1e9 / perSecond);
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) LockSupport.parkNanos(left);
            ByteBuffer.wrap(value).putLong(due).putInt(i);
            records.send(producer, value);
        }
        producer.flush();
    }

    private static double quantile(long[] sorted, double q) { return sorted[Math.min(sorted.length - 1, (int) Math.ceil(q * sorted.length) - 1)] / 1e6; }
}
