package io.sluice.kafka;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.internals.ScramFormatter;
import org.apache.kafka.common.security.scram.internals.ScramMechanism;

/** Writes principals.json as the platform does. */
final class PrincipalsFile {
    static final String CLUSTER = "lkc-test1";
    final Path path;
    String namingPolicy = "null";
    String clusterId = CLUSTER;
    private final List<String> keys = new ArrayList<>();
    private final List<String> grants = new ArrayList<>();
    private long sequence;

    PrincipalsFile(Path directory) throws Exception {
        path = Files.createTempDirectory(directory, "node").resolve("principals.json");
    }

    Map<String, ?> configs() {
        return Map.of("sluice.principals.file", path.toString(), "sluice.cluster.id", CLUSTER, "super.users", "User:CN=platform;User:CN=" + CLUSTER);
    }

    PrincipalsFile key(String id, String principal, String secret, String state) throws Exception {
        String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
        keys.add("{\"id\":\"%s\",\"principal\":\"%s\",\"secretSha256\":\"%s\",\"state\":\"%s\",\"scram\":{\"SCRAM-SHA-256\":%s}}".formatted(id, principal, digest, state, scram(secret)));
        return this;
    }

    PrincipalsFile grant(String principal, String role) {
        grants.add("{\"principal\":\"%s\",\"role\":\"%s\"}".formatted(principal, role));
        return this;
    }

    PrincipalsFile clear() {
        keys.clear();
        grants.clear();
        return this;
    }

    PrincipalsFile sequence(long next) {
        sequence = next - 1;
        return this;
    }

    void write() throws Exception {
        sequence += 1;
        write("{\"version\":1,\"sequence\":%d,\"clusterId\":\"%s\",\"keys\":[%s],\"grants\":[%s],\"namingPolicy\":%s}"
            .formatted(sequence, clusterId, String.join(",", keys), String.join(",", grants), namingPolicy));
    }

    void write(String content) throws Exception {
        Path next = path.resolveSibling("next");
        Files.writeString(next, content);
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String scram(String secret) throws Exception {
        ScramCredential credential = new ScramFormatter(ScramMechanism.SCRAM_SHA_256).generateCredential(secret, 4096);
        Base64.Encoder base64 = Base64.getEncoder();
        return "{\"salt\":\"%s\",\"iterations\":%d,\"storedKey\":\"%s\",\"serverKey\":\"%s\"}".formatted(base64.encodeToString(credential.salt()), credential.iterations(),
            base64.encodeToString(credential.storedKey()), base64.encodeToString(credential.serverKey()));
    }
}
