package io.sluice.kafka;

import io.sluice.kafka.disk.DiskGuard;
import io.sluice.kafka.disk.DiskTest;
import io.sluice.kafka.principals.PrincipalStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.plain.PlainAuthenticateCallback;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.ScramCredentialCallback;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizationResult;
import org.apache.kafka.server.policy.AlterConfigPolicy;
import org.apache.kafka.server.policy.CreateTopicPolicy;

/** Program: the plugin's classes against files in the directory that is given. Says what failed and ends with 1. */
public final class PluginTest {
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static int passed;
    private static int failed;

    private PluginTest() {
    }

    public static void main(String[] args) throws Exception {
        Path directory = Files.createTempDirectory(Path.of(args[0]), "test");
        files(new PrincipalsFile(directory));
        logins(new PrincipalsFile(directory));
        principals(new PrincipalsFile(directory));
        decisions(new PrincipalsFile(directory));
        names(new PrincipalsFile(directory));
        settings();
        brokers();
        room(new PrincipalsFile(directory));
        DiskTest.run(directory, PluginTest::check);
        StartGateTest.run(PluginTest::check);
        certificates(Path.of(args[0], "tls"));
        System.out.println("passed " + passed);
        System.exit(failed == 0 ? 0 : 1);
    }

    private static void check(String what, boolean holds) {
        if (holds) passed += 1;
        else {
            failed += 1;
            System.err.println("FAILED " + what);
        }
    }

    private static boolean soon(BooleanSupplier condition) throws InterruptedException {
        for (long start = System.nanoTime(); System.nanoTime() - start < DEADLINE_NANOS; TimeUnit.MILLISECONDS.sleep(5)) if (condition.getAsBoolean()) return true;
        return false;
    }

    private static void files(PrincipalsFile file) throws Exception {
        PrincipalStore store = PrincipalStore.of(null, file.configs());
        check("a file that isn't there is nobody", store.latest().keys().isEmpty());
        check("one store for a path", store == PrincipalStore.of(file.path.toString(), Map.of()));
        file.key("K1", "User:sa-1", "s1", "active").key("K2", "User:sa-2", "s2", "revoked").grant("User:u-1", "CloudClusterAdmin").grant("User:u-2", "Reader").sequence(10).write();
        check("an active key is there", store.latest().keys().containsKey("K1"));
        check("another state isn't active", !store.latest().keys().containsKey("K2"));
        check("only known roles grant", store.latest().granted().equals(java.util.Set.of(new KafkaPrincipal("User", "u-1"))));
        for (String wrong : List.of("{", "[]", "{\"version\":2}", "{\"version\":1,\"sequence\":99,\"clusterId\":\"lkc-test1\",\"keys\":[{}],\"grants\":[]}")) {
            file.write(wrong);
            check("stays in spite of " + wrong, store.latest().keys().containsKey("K1"));
        }
        file.clear().sequence(9).write();
        check("an older file changes nothing", store.latest().keys().containsKey("K1"));
        file.clusterId = "lkc-other";
        file.sequence(30).write();
        check("another cluster's file changes nothing", store.latest().keys().containsKey("K1"));
        file.clusterId = PrincipalsFile.CLUSTER;
        file.namingPolicy = "{\"mode\":\"enforce\",\"template\":\"<a>\"}";
        file.sequence(31).write();
        check("a newer one is taken", store.latest().keys().isEmpty() && store.latest().namingPolicy() != null);
        file.namingPolicy = "{\"mode\":\"enforce\",\"template\":\"<a>\",\"parts\":[{\"name\":\"a\",\"pattern\":\"(?=x)\"}]}";
        file.key("K3", "User:sa-3", "s3", "active").write();
        check("a policy that isn't understood doesn't keep keys back", store.latest().keys().containsKey("K3") && store.latest().namingPolicy() != null);
        Files.delete(file.path);
        check("a file that is gone is nobody, and the policy stays", store.latest().keys().isEmpty() && store.latest().namingPolicy() != null);
    }

    private static boolean plain(KeyLogin login, String id, String secret) throws Exception {
        PlainAuthenticateCallback callback = new PlainAuthenticateCallback(secret.toCharArray());
        login.handle(new Callback[] {new NameCallback("user", id), callback});
        return callback.authenticated();
    }

    private static ScramCredential scram(KeyLogin login, String id) throws Exception {
        ScramCredentialCallback callback = new ScramCredentialCallback();
        login.handle(new Callback[] {new NameCallback("user", id), callback});
        return callback.scramCredential();
    }

    private static void logins(PrincipalsFile file) throws Exception {
        file.key("K1", "User:sa-1", "s\u00e9cret", "active").write();
        KeyLogin login = new KeyLogin();
        login.configure(Map.of(), "PLAIN", List.of(new AppConfigurationEntry("m", AppConfigurationEntry.LoginModuleControlFlag.REQUIRED, Map.of("principals.file", file.path.toString()))));
        check("the secret", plain(login, "K1", "s\u00e9cret"));
        check("another secret", !plain(login, "K1", "secret"));
        check("somebody else", !plain(login, "K9", "s\u00e9cret"));
        file.clear().key("K2", "User:sa-1", "s2", "active").write();
        check("a revoked key, at once", !plain(login, "K1", "s\u00e9cret"));
        check("a new key, at once", plain(login, "K2", "s2"));
        KeyLogin scram = new KeyLogin();
        scram.configure(file.configs(), "SCRAM-SHA-256", List.of());
        check("the key's own credential", scram(scram, "K2").iterations() == 4096);
        ScramCredential nobody = scram(scram, "K9");
        check("a credential for nobody too, always the same", nobody.iterations() == 8192 && java.util.Arrays.equals(nobody.salt(), scram(scram, "K9").salt()));
    }

    private static void principals(PrincipalsFile file) throws Exception {
        file.write();
        KeyPrincipalBuilder builder = new KeyPrincipalBuilder();
        builder.configure(file.configs());
        KafkaPrincipal read = builder.deserialize(builder.serialize(new KeyPrincipal("User", "sa-1", "K1")));
        check("the key's id survives forwarding", read instanceof KeyPrincipal key && key.keyId().equals("K1") && key.getName().equals("sa-1"));
        check("equal by type and name", read.equals(new KeyPrincipal("User", "sa-1", "K2")) && read.hashCode() == new KafkaPrincipal("User", "sa-1").hashCode());
        KafkaPrincipal certificate = builder.deserialize(builder.serialize(new KafkaPrincipal("User", "CN=x")));
        check("others stay Kafka's own", certificate.getClass() == KafkaPrincipal.class && certificate.getName().equals("CN=x"));
    }

    private static void decisions(PrincipalsFile file) throws Exception {
        file.key("K1", "User:sa-1", "s", "active").key("K2", "User:u-1", "s", "active").grant("User:u-1", "EnvironmentAdmin").write();
        KeyGate gate = new KeyGate(file.configs());
        Request bound = new Request(new KeyPrincipal("User", "sa-1", "K1"), ApiKeys.PRODUCE.id);
        Request unbound = new Request(new KeyPrincipal("User", "u-1", "K2"), ApiKeys.PRODUCE.id);
        Request users = new Request(new KeyPrincipal("User", "u-1", "K2"), ApiKeys.ALTER_USER_SCRAM_CREDENTIALS.id);
        Request platform = new Request(new KafkaPrincipal("User", "CN=platform"), ApiKeys.ALTER_USER_SCRAM_CREDENTIALS.id);
        check("ACLs decide", gate.answer(bound) == KeyGate.Answer.UNDECIDED);
        check("a role may", gate.answer(unbound) == KeyGate.Answer.ALLOWED);
        check("a role may not make users", gate.answer(users) == KeyGate.Answer.DENIED);
        check("nor touch the cluster's life", gate.answer(new Request(users.principal(), ApiKeys.UPDATE_FEATURES.id)) == KeyGate.Answer.DENIED);
        for (ApiKeys api : List.of(ApiKeys.ENVELOPE, ApiKeys.ALTER_PARTITION, ApiKeys.ALLOCATE_PRODUCER_IDS)) {
            check("nor speak as a broker by " + api, gate.answer(new Request(users.principal(), api.id)) == KeyGate.Answer.DENIED);
            check("which the cluster's own do by " + api, gate.answer(new Request(platform.principal(), api.id)) == KeyGate.Answer.UNDECIDED);
        }
        check("a role may look at the quorum", gate.answer(new Request(users.principal(), ApiKeys.DESCRIBE_QUORUM.id)) == KeyGate.Answer.ALLOWED);
        check("the platform's certificate is Kafka's to judge", gate.answer(platform) == KeyGate.Answer.UNDECIDED);
        check("another's key", gate.answer(new Request(new KeyPrincipal("User", "u-1", "K1"), 0)) == KeyGate.Answer.DENIED);
        file.clear().key("K2", "User:u-1", "s", "active").write();
        long revokedNanos = System.nanoTime();
        check("a revoked key loses everything", soon(() -> gate.answer(bound) == KeyGate.Answer.DENIED));
        check("a role that is taken away too", soon(() -> gate.answer(unbound) == KeyGate.Answer.UNDECIDED));
        check("within a second", System.nanoTime() - revokedNanos < TimeUnit.SECONDS.toNanos(1));
        file.key("K9", "User:sa-9", "s", "active").write();
        check("a new key isn't taken for a revoked one", soon(() -> gate.answer(new Request(new KeyPrincipal("User", "sa-9", "K9"), 0)) == KeyGate.Answer.UNDECIDED));
    }

    /** Null: the request may go on. */
    private static String roomProblem(RoomGate gate, Request request, AclOperation operation, ResourceType type, AuthorizationResult decided) {
        try {
            gate.check(request, List.of(new Action(operation, new ResourcePattern(type, "orders", PatternType.LITERAL), 1, true, true)), List.of(decided));
            return null;
        } catch (PolicyViolationException error) {
            return error.getMessage();
        }
    }

    private static void room(PrincipalsFile file) throws Exception {
        file.key("K1", "User:sa-1", "s", "active").write();
        Path data = Files.createDirectories(file.path.resolveSibling("data").resolve("orders-0")).getParent();
        Files.write(data.resolve("orders-0").resolve("0.log"), new byte[100]);
        Path limits = file.path.resolveSibling("disk-limits.json");
        DiskTest.write(limits, PrincipalsFile.CLUSTER, 100L, 0L, data);
        Map<String, Object> configs = new java.util.HashMap<>(file.configs());
        KeyGate keys = new KeyGate(configs);
        Request produce = new Request(new KeyPrincipal("User", "sa-1", "K1"), ApiKeys.PRODUCE.id);
        check("where no limits are named, nothing is refused", roomProblem(new RoomGate(configs, keys), produce, AclOperation.WRITE, ResourceType.TOPIC, AuthorizationResult.ALLOWED) == null);
        configs.put(DiskGuard.PATH_CONFIG, limits.toString());
        RoomGate gate = new RoomGate(configs, keys);
        check("over the limit producers are refused, soon, with figures", soon(() -> String.valueOf(roomProblem(gate, produce, AclOperation.WRITE, ResourceType.TOPIC, AuthorizationResult.ALLOWED)).contains("holds 100 bytes, its disk limit is 100")));
        check("who may not write is told nothing of it", roomProblem(gate, produce, AclOperation.WRITE, ResourceType.TOPIC, AuthorizationResult.DENIED) == null);
        check("a transaction's id is no topic", roomProblem(gate, produce, AclOperation.WRITE, ResourceType.TRANSACTIONAL_ID, AuthorizationResult.ALLOWED) == null);
        for (ApiKeys api : List.of(ApiKeys.FETCH, ApiKeys.DELETE_RECORDS, ApiKeys.DELETE_TOPICS, ApiKeys.OFFSET_COMMIT, ApiKeys.ADD_PARTITIONS_TO_TXN, ApiKeys.END_TXN)) {
            check("goes on: " + api, roomProblem(gate, new Request(produce.principal(), api.id), AclOperation.WRITE, ResourceType.TOPIC, AuthorizationResult.ALLOWED) == null);
        }
        check("so does the platform", roomProblem(gate, new Request(new KafkaPrincipal("User", "CN=platform"), ApiKeys.PRODUCE.id), AclOperation.WRITE, ResourceType.TOPIC, AuthorizationResult.ALLOWED) == null);
        DiskTest.write(limits, PrincipalsFile.CLUSTER, 101L, 0L, data);
        check("a raised limit lets them in", soon(() -> roomProblem(gate, produce, AclOperation.WRITE, ResourceType.TOPIC, AuthorizationResult.ALLOWED) == null));
    }

    /** Two certificates of the same name, by the platform's own authority. */
    private static void certificates(Path tls) throws Exception {
        Path keystore = tls.resolve("broker.pem");
        Files.copy(tls.resolve("first.pem"), keystore);
        try (RenewedSslEngineFactory factory = new RenewedSslEngineFactory()) {
            factory.configure(Map.of("ssl.keystore.type", "PEM", "ssl.keystore.location", keystore.toString(), "ssl.truststore.type", "PEM", "ssl.truststore.location", tls.resolve("ca.pem").toString(),
                "ssl.cipher.suites", List.of(), "ssl.protocol", "TLSv1.3", "ssl.enabled.protocols", List.of("TLSv1.3"), "ssl.keymanager.algorithm", "SunX509", "ssl.trustmanager.algorithm", "PKIX"));
            java.security.cert.Certificate first = certificateOf(factory);
            factory.look();
            check("certificates that are the same stay", certificateOf(factory).equals(first));
            Files.writeString(tls.resolve("next.pem"), "torn");
            Files.move(tls.resolve("next.pem"), keystore, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            factory.look();
            check("damaged ones too", certificateOf(factory).equals(first) && factory.createServerSslEngine("localhost", 1) != null);
            Files.move(tls.resolve("second.pem"), keystore, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            check("renewed ones are taken without a restart", soon(() -> factory.createServerSslEngine("localhost", 1) != null && !certificateOf(factory).equals(first)));
        }
    }

    private static java.security.cert.Certificate certificateOf(RenewedSslEngineFactory factory) {
        try {
            return factory.keystore().getCertificate(factory.keystore().aliases().nextElement());
        } catch (java.security.KeyStoreException error) {
            throw new IllegalStateException(error);
        }
    }

    private static String refusal(CreateTopicPolicy policy, String topic) {
        try {
            policy.validate(new CreateTopicPolicy.RequestMetadata(topic, 1, (short) 1, null, Map.of()));
            return null;
        } catch (PolicyViolationException error) {
            return error.getMessage();
        }
    }

    private static void names(PrincipalsFile file) throws Exception {
        file.write();
        try (NamingTopicPolicy policy = new NamingTopicPolicy()) {
            policy.configure(file.configs());
            check("no policy, no refusal", refusal(policy, "Any_Name") == null);
            file.namingPolicy = "{\"mode\":\"enforce\",\"template\":\"<env>.<team>\",\"exemptions\":{\"patterns\":[]}}";
            file.write();
            check("a wrong name", "Topic name \"dev\" doesn't follow the naming policy <env>.<team>. <team>: it is missing, expected the pattern [a-z0-9]+([.-][a-z0-9]+)*. Try \"dev.team\"."
                .equals(refusal(policy, "dev")));
            check("a right one", refusal(policy, "dev.sales.eu") == null);
            check("Kafka's own, whatever the policy", refusal(policy, "__consumer_offsets") == null && refusal(policy, "__transaction_state") == null);
            List<String> refusals = java.util.stream.IntStream.range(0, 2_000).mapToObj(index -> refusal(policy, "Wrong" + index)).toList();
            check("very many wrong names are all refused, and not all of them get a proposal", !refusals.contains(null) && refusals.stream().anyMatch(each -> !each.contains("Try")));
            file.namingPolicy = file.namingPolicy.replace("enforce", "warn");
            file.write();
            check("a warning refuses nothing", refusal(policy, "Wrong") == null);
        }
    }

    private static void settings() throws Exception {
        java.util.Properties given = new java.util.Properties();
        given.putAll(Map.of("num.partitions", "0", "no.such", "1", "log.retention.hours", "7", "auto.create.topics.enable", "perhaps"));
        List<String> keys = ConfigCheck.problems(BrokerConfigs.definitions(), given).stream().map(problem -> problem.get("key")).toList();
        check("settings that Kafka wouldn't take", keys.equals(List.of("auto.create.topics.enable", "no.such", "num.partitions")));
        check("which settings are dynamic", "cluster-wide".equals(BrokerConfigs.updateModes().get("log.cleaner.threads")));
    }

    private static boolean mayAlter(ConfigResource.Type type, String name) {
        return mayAlter(type, Map.of(name, "x", "log.cleaner.threads", "2"));
    }

    private static boolean mayAlter(ConfigResource.Type type, Map<String, String> configs) {
        try (BrokerConfigPolicy policy = new BrokerConfigPolicy()) {
            policy.validate(new AlterConfigPolicy.RequestMetadata(new ConfigResource(type, "1"), configs));
            return true;
        } catch (PolicyViolationException error) {
            return false;
        }
    }

    private static void brokers() throws Exception {
        for (String name : List.of("listener.name.internal.ssl.truststore.certificates", "sasl.jaas.config", "listener.name.external.plain.sasl.jaas.config", "ssl.keystore.location",
            "metric.reporters", "advertised.listeners", "principal.builder.class")) {
            check(name + " is the platform's", !mayAlter(ConfigResource.Type.BROKER, name));
        }
        for (String name : List.of("log.retention.ms", "leader.replication.throttled.rate", "listener.name.external.max.connections", "message.max.bytes")) {
            check(name + " may be altered", mayAlter(ConfigResource.Type.BROKER, name));
        }
        check("threads up to a limit", mayAlter(ConfigResource.Type.BROKER, Map.of("num.io.threads", "64")) && !mayAlter(ConfigResource.Type.BROKER, Map.of("num.io.threads", "65"))
            && !mayAlter(ConfigResource.Type.BROKER, Map.of("background.threads", " 4000 ")));
        check("a topic's settings are Kafka's to judge", mayAlter(ConfigResource.Type.TOPIC, "sasl.x"));
    }
}
