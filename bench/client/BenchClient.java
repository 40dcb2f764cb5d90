import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Kafka's own Java clients, driven line by line: one JVM for both sides of every pair, so that its compiler has seen the same for both. An operation in
 * (Request), `result {json}` or `error text` out, in order.
 */
final class BenchClient {
    public static void main(String[] arguments) throws Exception {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            try {
                System.out.println("result " + json(run(Request.parse(line))));
            } catch (Exception error) {
                Throwable cause = error.getCause() == null ? error : error.getCause();
                System.out.println("error " + cause.toString().replace('\n', ' '));
            }
        }
        System.exit(0);
    }

    private static Map<String, Object> run(Request request) throws Exception {
        return switch (request.operation()) {
            case "produce" -> Produce.run(request);
            case "consume-start" -> Consume.fromStart(request);
            case "consume-tail" -> Consume.atTail(request);
            case "e2e" -> EndToEnd.run(request);
            case "create" -> Topics.create(request);
            case "delete" -> Topics.delete(request);
            case "create-many" -> Topics.createMany(request);
            case "forget" -> { Topics.forget(request); yield Map.of(); }
            default -> throw new IllegalArgumentException(request.operation());
        };
    }

    private static String json(Map<String, Object> values) {
        return values.entrySet().stream().map(entry -> "\"" + entry.getKey() + "\":" + entry.getValue()).collect(Collectors.joining(",", "{", "}"));
    }
}
