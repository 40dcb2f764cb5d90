package io.sluice.kafka.file;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** A JSON file of one cluster that the platform replaces as a whole: what is asked of any such file. Immutable; any thread may ask. */
public final class PlatformFile {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path path;
    private final String clusterId;
    private final int bytesMax;

    /** {@code clusterId} null: any cluster's. */
    public PlatformFile(Path path, String clusterId, int bytesMax) {
        this.path = path;
        this.clusterId = clusterId;
        this.bytesMax = bytesMax;
    }

    /** Which file it is now: its inode, time and size; "" for none. Null: it can't be told, and what is in use stays. */
    public String version() {
        try {
            BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
            return file.fileKey() + " " + file.lastModifiedTime() + " " + file.size();
        } catch (NoSuchFileException error) {
            return "";
        } catch (IOException error) {
            return null;
        }
    }

    /** Its object, which is of the cluster and of a version that is known here. What is in it is its reader's to judge. */
    public JsonNode read() throws RefusedFileException, IOException {
        if (Files.size(path) > bytesMax) throw new RefusedFileException("it has more than " + bytesMax + " bytes");
        JsonNode root = parse(Files.readAllBytes(path));
        if (!root.path("version").isInt() || root.path("version").intValue() != 1) throw new RefusedFileException("version is not 1");
        String owner = root.path("clusterId").textValue();
        if (owner == null || owner.isEmpty()) throw new RefusedFileException("clusterId is not a text");
        if (clusterId != null && !clusterId.equals(owner)) throw new RefusedFileException("it belongs to another cluster");
        return root;
    }

    private static JsonNode parse(byte[] bytes) throws RefusedFileException {
        try {
            JsonNode root = JSON.readTree(bytes);
            if (root == null || !root.isObject()) throw new RefusedFileException("the whole is not an object");
            return root;
        } catch (IOException error) {
            // Jackson's own message quotes the source.
            throw new RefusedFileException("not JSON");
        }
    }
}
