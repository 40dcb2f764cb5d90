// Apache Kafka's own StandardAuthorizer over the same ACLs: `acl type pattern name principal host operation permission` adds one,
// `ask principal host operation type name` and `any principal host operation type` answer 1 or 0, `reset` begins anew.
import java.io.*;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.util.*;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.resource.*;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.metadata.authorizer.*;
import org.apache.kafka.server.authorizer.*;

public class AuthorizerOracle {
    static StandardAuthorizer fresh() {
        StandardAuthorizer made = new StandardAuthorizer();
        made.configure(Map.of("super.users", "User:root", "node.id", "1"));
        made.withPluginMetrics(new org.apache.kafka.common.metrics.internals.PluginMetricsImpl(new org.apache.kafka.common.metrics.Metrics(), Map.of()));
        made.completeInitialLoad();
        return made;
    }

    static AuthorizableRequestContext context(String principal, String host) throws Exception {
        String[] parts = principal.split(":", 2);
        KafkaPrincipal who = new KafkaPrincipal(parts[0], parts[1]);
        InetAddress address = InetAddress.getByName(host);
        return (AuthorizableRequestContext) Proxy.newProxyInstance(AuthorizerOracle.class.getClassLoader(), new Class<?>[] {AuthorizableRequestContext.class}, (self, method, arguments) -> switch (method.getName()) {
            case "principal" -> who;
            case "clientAddress" -> address;
            case "requestType", "requestVersion", "correlationId" -> 0;
            default -> "x";
        });
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        StringBuilder out = new StringBuilder();
        StandardAuthorizer authorizer = fresh();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] f = line.split("\t");
            switch (f[0]) {
                case "reset" -> authorizer = fresh();
                case "acl" -> authorizer.addAcl(Uuid.randomUuid(), new StandardAcl(ResourceType.fromCode(Byte.parseByte(f[1])), f[3], PatternType.fromCode(Byte.parseByte(f[2])), f[4], f[5], AclOperation.fromCode(Byte.parseByte(f[6])), AclPermissionType.fromCode(Byte.parseByte(f[7]))));
                case "ask" -> out.append(authorizer.authorize(context(f[1], f[2]), List.of(new Action(AclOperation.fromCode(Byte.parseByte(f[3])), new ResourcePattern(ResourceType.fromCode(Byte.parseByte(f[4])), f[5], PatternType.LITERAL), 1, true, true))).get(0) == AuthorizationResult.ALLOWED ? "1" : "0");
                case "any" -> out.append(authorizer.authorizeByResourceType(context(f[1], f[2]), AclOperation.fromCode(Byte.parseByte(f[3])), ResourceType.fromCode(Byte.parseByte(f[4]))) == AuthorizationResult.ALLOWED ? "1" : "0");
                default -> throw new IllegalArgumentException(line);
            }
        }
        System.out.println("decisions " + out);
    }
}
