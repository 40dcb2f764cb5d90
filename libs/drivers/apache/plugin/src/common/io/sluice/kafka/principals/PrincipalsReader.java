package io.sluice.kafka.principals;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.kafka.file.RefusedFileException;
import io.sluice.kafka.naming.NamingPolicy;
import io.sluice.kafka.naming.NamingPolicyException;
import io.sluice.kafka.naming.NamingPolicyReader;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code principals.json}, read strictly, with the limits that the embedded engine has ({@code libs/engine/security/principals.schema.ts}). */
final class PrincipalsReader {
    static final int FILE_BYTES_MAX = 64 * 1024 * 1024;
    private static final int ENTRIES_MAX = 100_000;
    private static final int ITERATIONS_MIN = 4_096;
    private static final int ITERATIONS_MAX = 16_384;
    private static final Map<String, Integer> SCRAM_KEY_BYTES = Map.of("SCRAM-SHA-256", 32, "SCRAM-SHA-512", 64);
    private static final Set<String> ROLES = Set.of("OrganizationAdmin", "EnvironmentAdmin", "CloudClusterAdmin");
    private static final Logger LOG = LoggerFactory.getLogger(PrincipalsReader.class);

    private PrincipalsReader() {
    }

    /** {@code previous}: what is in use; nothing older is taken, and its naming policy stays where the new one can't be read. */
    static Principals read(JsonNode root, Principals previous) throws RefusedFileException {
        long sequence = integer(root, "sequence", 0, (1L << 53) - 1);
        if (sequence < previous.sequence()) throw new RefusedFileException("sequence " + sequence + " is older than " + previous.sequence());
        return new Principals(sequence, keys(list(root, "keys")), grants(list(root, "grants")), namingPolicy(root.path("namingPolicy"), previous.namingPolicy()));
    }

    private static Map<String, Key> keys(JsonNode list) throws RefusedFileException {
        Set<String> ids = new HashSet<>();
        Map<String, Key> keys = new HashMap<>();
        for (JsonNode each : list) {
            Key key = new Key(text(each, "id"), principal(each), sha256(each), scram(each.path("scram")));
            if (!ids.add(key.id())) throw new RefusedFileException("an id is repeated");
            if (text(each, "state").equals("active")) keys.put(key.id(), key);
        }
        return keys;
    }

    private static Set<KafkaPrincipal> grants(JsonNode list) throws RefusedFileException {
        Set<KafkaPrincipal> granted = new HashSet<>();
        for (JsonNode each : list) {
            KafkaPrincipal principal = principal(each);
            // A role of a later release grants nothing here rather than everything.
            if (ROLES.contains(text(each, "role"))) granted.add(principal);
        }
        return granted;
    }

    /** One of a later release that this broker doesn't understand must not keep a revoked key alive. */
    private static NamingPolicy namingPolicy(JsonNode node, NamingPolicy previous) {
        if (node.isMissingNode() || node.isNull()) return null;
        try {
            return NamingPolicyReader.read(node);
        } catch (NamingPolicyException error) {
            LOG.error("Naming policy refused at {}: {}. The one in use stays.", error.pointer(), error.getMessage());
            return previous;
        }
    }

    private static byte[] sha256(JsonNode key) throws RefusedFileException {
        String digest = text(key, "secretSha256");
        if (!digest.matches("[0-9a-f]{64}")) throw new RefusedFileException("a secretSha256 is not a SHA-256 in hex");
        return HexFormat.of().parseHex(digest);
    }

    private static Map<String, ScramCredential> scram(JsonNode node) throws RefusedFileException {
        if (!node.isMissingNode() && !node.isNull() && !node.isObject()) throw new RefusedFileException("scram is not an object");
        Map<String, ScramCredential> credentials = new HashMap<>();
        for (String mechanism : (Iterable<String>) node::fieldNames) {
            Integer keyBytes = SCRAM_KEY_BYTES.get(mechanism);
            if (keyBytes == null) throw new RefusedFileException("scram names an unknown mechanism");
            JsonNode fields = node.get(mechanism);
            byte[] storedKey = base64(fields, "storedKey");
            byte[] serverKey = base64(fields, "serverKey");
            if (storedKey.length != keyBytes || serverKey.length != keyBytes) throw new RefusedFileException("a key of scram has the wrong length");
            credentials.put(mechanism, new ScramCredential(base64(fields, "salt"), storedKey, serverKey, (int) integer(fields, "iterations", ITERATIONS_MIN, ITERATIONS_MAX)));
        }
        return credentials;
    }

    /** {@code Type:name} as ACLs write it. */
    private static KafkaPrincipal principal(JsonNode node) throws RefusedFileException {
        String written = text(node, "principal");
        int colon = written.indexOf(':');
        if (colon <= 0 || colon == written.length() - 1) throw new RefusedFileException("a principal is not of the form Type:name");
        return new KafkaPrincipal(written.substring(0, colon), written.substring(colon + 1));
    }

    private static byte[] base64(JsonNode node, String field) throws RefusedFileException {
        try {
            return Base64.getDecoder().decode(text(node, field));
        } catch (IllegalArgumentException error) {
            throw new RefusedFileException(field + " is not base64");
        }
    }

    private static String text(JsonNode node, String field) throws RefusedFileException {
        JsonNode value = node.path(field);
        if (!value.isTextual() || value.textValue().isEmpty()) throw new RefusedFileException(field + " is not a text");
        return value.textValue();
    }

    private static long integer(JsonNode node, String field, long min, long max) throws RefusedFileException {
        JsonNode value = node.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < min || value.longValue() > max) {
            throw new RefusedFileException(field + " is not a number from " + min + " to " + max);
        }
        return value.longValue();
    }

    private static JsonNode list(JsonNode root, String field) throws RefusedFileException {
        JsonNode list = root.path(field);
        if (!list.isArray()) throw new RefusedFileException(field + " is not a list");
        if (list.size() > ENTRIES_MAX) throw new RefusedFileException(field + " has more than " + ENTRIES_MAX + " entries");
        return list;
    }
}
