package io.sluice.kafka.disk;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.kafka.file.RefusedFileException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code disk-limits.json}, read strictly ({@code libs/drivers/apache/disk-limits.ts} writes it). */
final class DiskLimitsReader {
    static final int FILE_BYTES_MAX = 1024 * 1024;
    private static final int DIRECTORIES_MAX = 1_000;

    private DiskLimitsReader() {
    }

    static DiskLimits read(JsonNode root) throws RefusedFileException {
        return new DiskLimits(bytesOrNull(root, "limitBytes"), bytesOrNull(root, "freeBytesMin"), directories(root.path("directories")));
    }

    /** A field that is left out is a mistake: nobody's limit goes by that. */
    private static Long bytesOrNull(JsonNode root, String field) throws RefusedFileException {
        JsonNode value = root.path(field);
        if (value.isNull()) return null;
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0 || value.longValue() >= 1L << 53) throw new RefusedFileException(field + " is not a number of bytes");
        return value.longValue();
    }

    private static List<Path> directories(JsonNode list) throws RefusedFileException {
        if (!list.isArray() || list.size() > DIRECTORIES_MAX) throw new RefusedFileException("directories is not a list of at most " + DIRECTORIES_MAX);
        List<Path> directories = new ArrayList<>();
        for (JsonNode each : list) directories.add(directory(each));
        return List.copyOf(directories);
    }

    private static Path directory(JsonNode node) throws RefusedFileException {
        try {
            Path path = Path.of(node.isTextual() ? node.textValue() : "");
            if (path.isAbsolute()) return path;
        } catch (InvalidPathException error) {
            // Said below.
        }
        throw new RefusedFileException("one of directories is not an absolute path");
    }
}
