package io.sluice.kafka.principals;

import io.sluice.kafka.file.PlatformFile;
import io.sluice.kafka.file.RefusedFileException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file's content, read again when the file is another one. A file that doesn't parse, belongs to another cluster or is older than the one in use changes nothing;
 * a file that is gone means that nobody has a key, and the naming policy stays. One store for a path in a process: login, principal builder, authorizer and policy
 * see the same content. Any thread may ask; one reads at a time, and who needs no fresh look doesn't wait for it.
 */
public final class PrincipalStore {
    public static final String PATH_CONFIG = "sluice.principals.file";
    public static final String CLUSTER_CONFIG = "sluice.cluster.id";

    /** How old what open connections are judged by may be. */
    private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    /** A key that isn't known may be newer than the last look; but nobody's unknown key costs a look each. */
    private static final long LOOK_FOR_UNKNOWN_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final Logger LOG = LoggerFactory.getLogger(PrincipalStore.class);
    private static final Map<Path, PrincipalStore> STORES = new ConcurrentHashMap<>();

    private final Path path;
    private final PlatformFile file;
    private volatile Principals content = Principals.NONE;
    private volatile long lookedAtNanos;
    /** Which file was read last; "" for none, null while it is to be read again. */
    private String version = "";

    PrincipalStore(Path path, String clusterId) {
        this.path = path;
        file = new PlatformFile(path, clusterId, PrincipalsReader.FILE_BYTES_MAX);
        look();
    }

    /** {@code path} null: as the broker's configuration has it. */
    public static PrincipalStore of(String path, Map<String, ?> configs) {
        Object chosen = path == null ? configs.get(PATH_CONFIG) : path;
        if (chosen == null || chosen.toString().isBlank()) throw new ConfigException(PATH_CONFIG, chosen, "The file of keys and grants is needed");
        Object cluster = configs.get(CLUSTER_CONFIG);
        return STORES.computeIfAbsent(new File(chosen.toString()).toPath().toAbsolutePath().normalize(), each -> new PrincipalStore(each, cluster == null ? null : cluster.toString()));
    }

    /** As the file is now: for logins. */
    public Principals latest() {
        look();
        return content;
    }

    /** As the file was a moment ago: for each request. */
    public Principals recent() {
        if (System.nanoTime() - lookedAtNanos > LOOK_EVERY_NANOS) look();
        return content;
    }

    /** The active key of this id; null: there is none. */
    public Key recentKey(String id) {
        Key key = recent().keys().get(id);
        if (key != null || System.nanoTime() - lookedAtNanos <= LOOK_FOR_UNKNOWN_EVERY_NANOS) return key;
        return latest().keys().get(id);
    }

    private synchronized void look() {
        String seen = file.version();
        lookedAtNanos = System.nanoTime();
        if (seen == null || seen.equals(version)) return;
        try {
            content = seen.isEmpty() ? new Principals(content.sequence(), Map.of(), java.util.Set.of(), content.namingPolicy()) : PrincipalsReader.read(file.read(), content);
            LOG.info("Principals loaded from {}: sequence {}, {} keys, {} principals with a role", path, content.sequence(), content.keys().size(), content.granted().size());
            version = seen;
        } catch (RefusedFileException error) {
            LOG.error("Principals file {} refused: {}. Sequence {} stays in use.", path, error.getMessage(), content.sequence());
            version = seen;
        } catch (IOException error) {
            // The file may be right, and say that a key is revoked: a disk or a system that is out of breath must not make us miss it.
            LOG.error("Principals file {} can't be read: {}. Sequence {} stays in use until it can.", path, error.toString(), content.sequence());
            version = null;
        }
    }
}
