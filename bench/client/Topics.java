import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;

/** Admin calls, over one connection for each broker that is kept. */
final class Topics {
    private static final int IN_ONE_REQUEST = 100;
    private static final Map<String, Admin> ADMINS = new ConcurrentHashMap<>();

    private static Admin admin(Request request) { return ADMINS.computeIfAbsent(request.text("bootstrap"), key -> Admin.create(request.connection())); }

    static Map<String, Object> create(Request request) throws Exception {
        String topic = request.text("topic");
        admin(request).createTopics(List.of(new NewTopic(topic, request.number("partitions"), (short) 1))).all().get();
        awaitLeaders(request, IntStream.range(0, request.number("partitions")).mapToObj(i -> new TopicPartition(topic, i)));
        return Map.of();
    }

    /**
     * Waits until every partition answers as its leader. A new partition that isn't led yet refuses a producer's first batch and may take its second,
     * and Kafka then refuses the first for good: OUT_OF_ORDER_SEQUENCE_NUMBER until the producer gives up.
     */
    private static void awaitLeaders(Request request, Stream<TopicPartition> partitions) throws Exception {
        Map<TopicPartition, OffsetSpec> wanted = partitions.collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
        for (;;) {
            try {
                admin(request).listOffsets(wanted).all().get();
                return;
            } catch (ExecutionException error) {
                if (!(error.getCause() instanceof RetriableException)) throw error;
            }
        }
    }

    static Map<String, Object> delete(Request request) throws Exception {
        admin(request).deleteTopics(List.of(request.text("topic"))).all().get();
        return Map.of();
    }

    /** Topics of one partition, a hundred in a request: seconds to the last answer, and until every one answers as its leader. They are deleted afterwards. */
    static Map<String, Object> createMany(Request request) throws Exception {
        int count = request.number("count");
        String prefix = request.text("topic");
        Admin admin = admin(request);
        admin.describeCluster().nodes().get();
        long began = System.nanoTime();
        for (int first = 0; first < count; first += IN_ONE_REQUEST) {
            admin.createTopics(names(prefix, first, count).stream().map(name -> new NewTopic(name, 1, (short) 1)).toList()).all().get();
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        awaitLeaders(request, IntStream.range(0, count).mapToObj(i -> new TopicPartition(prefix + "-" + i, 0)));
        double usableSeconds = (System.nanoTime() - began) / 1e9;
        for (int first = 0; first < count; first += IN_ONE_REQUEST) admin.deleteTopics(names(prefix, first, count)).all().get();
        return Map.of("seconds", seconds, "usableSeconds", usableSeconds);
    }

    private static List<String> names(String prefix, int first, int count) {
        return IntStream.range(first, Math.min(first + IN_ONE_REQUEST, count)).mapToObj(i -> prefix + "-" + i).toList();
    }

    static void forget(Request request) {
        Admin admin = ADMINS.remove(request.text("bootstrap"));
        if (admin != null) admin.close();
    }
}
