package io.sluice.kafka.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The limits, read again when the file is another one. One that doesn't parse or is gone changes nothing: limits are neither lifted nor made up by accident. For one thread. */
final class DiskLimitsFile {
    private static final Logger LOG = LoggerFactory.getLogger(DiskLimitsFile.class);

    private final Path path;
    private final String clusterId;
    private DiskLimits content = DiskLimits.NONE;
    /** Which file was read last: its inode, time and size; "" for none, null while it is to be read again. */
    private String version;

    DiskLimitsFile(Path path, String clusterId) {
        this.path = path;
        this.clusterId = clusterId;
    }

    /** As the file is now. */
    DiskLimits current() {
        String seen = versionNow();
        if (seen == null || seen.equals(version)) return content;
        version = seen;
        try {
            if (seen.isEmpty()) throw new DiskLimitsException("it isn't there");
            if (Files.size(path) > DiskLimitsReader.FILE_BYTES_MAX) throw new DiskLimitsException("it has more than " + DiskLimitsReader.FILE_BYTES_MAX + " bytes");
            content = DiskLimitsReader.read(Files.readAllBytes(path), clusterId);
            LOG.info("Disk limits loaded from {}: of the cluster {}, kept free {}", path, said(content.limitBytes(), "none"), said(content.freeBytesMin(), "a share of the disk"));
        } catch (DiskLimitsException error) {
            LOG.error("Disk limits {} refused: {}. Those before stay: of the cluster {}, kept free {}.", path, error.getMessage(), said(content.limitBytes(), "none"), said(content.freeBytesMin(), "a share of the disk"));
        } catch (IOException error) {
            LOG.error("Disk limits {} can't be read: {}. Those before stay until they can.", path, error.toString());
            version = null;
        }
        return content;
    }

    private static String said(Long bytes, String otherwise) {
        return bytes == null ? otherwise : bytes + " bytes";
    }

    /** Null: it can't be told. */
    private String versionNow() {
        try {
            BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
            return file.fileKey() + " " + file.lastModifiedTime() + " " + file.size();
        } catch (NoSuchFileException error) {
            return "";
        } catch (IOException error) {
            return null;
        }
    }
}
