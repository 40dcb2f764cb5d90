package io.sluice.kafka.disk;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code disk-limits.json}, read strictly ({@code libs/drivers/apache/disk-limits.ts} writes it). */
final class DiskLimitsReader {
    static final int FILE_BYTES_MAX = 1024 * 1024;
    private static final int DIRECTORIES_MAX = 1_000;
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private DiskLimitsReader() {
    }

    /** {@code clusterId} null: any cluster's. */
    static DiskLimits read(byte[] bytes, String clusterId) throws DiskLimitsException {
        JsonNode root = parse(bytes);
        if (!root.path("version").isInt() || root.path("version").intValue() != 1) throw new DiskLimitsException("version is not 1");
        if (clusterId != null && !clusterId.equals(root.path("clusterId").textValue())) throw new DiskLimitsException("it belongs to another cluster");
        return new DiskLimits(bytesOrNull(root, "limitBytes"), bytesOrNull(root, "freeBytesMin"), directories(root.path("directories")));
    }

    private static JsonNode parse(byte[] bytes) throws DiskLimitsException {
        try {
            JsonNode root = JSON.readTree(bytes);
            if (root == null || !root.isObject()) throw new DiskLimitsException("the whole is not an object");
            return root;
        } catch (IOException error) {
            throw new DiskLimitsException("not JSON");
        }
    }

    /** A field that is left out is a mistake: nobody's limit goes by that. */
    private static Long bytesOrNull(JsonNode root, String field) throws DiskLimitsException {
        JsonNode value = root.path(field);
        if (value.isNull()) return null;
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0 || value.longValue() >= 1L << 53) throw new DiskLimitsException(field + " is not a number of bytes");
        return value.longValue();
    }

    private static List<Path> directories(JsonNode list) throws DiskLimitsException {
        if (!list.isArray() || list.size() > DIRECTORIES_MAX) throw new DiskLimitsException("directories is not a list of at most " + DIRECTORIES_MAX);
        List<Path> directories = new ArrayList<>();
        for (JsonNode each : list) directories.add(directory(each));
        return List.copyOf(directories);
    }

    private static Path directory(JsonNode node) throws DiskLimitsException {
        try {
            Path path = Path.of(node.isTextual() ? node.textValue() : "");
            if (path.isAbsolute()) return path;
        } catch (InvalidPathException error) {
            // Said below.
        }
        throw new DiskLimitsException("one of directories is not an absolute path");
    }
}
