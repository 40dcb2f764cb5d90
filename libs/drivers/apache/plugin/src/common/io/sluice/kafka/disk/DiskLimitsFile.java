package io.sluice.kafka.disk;

import io.sluice.kafka.file.PlatformFile;
import io.sluice.kafka.file.RefusedFileException;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The limits, read again when the file is another one. One that doesn't parse or is gone changes nothing: limits are neither lifted nor made up by accident. For one thread. */
final class DiskLimitsFile {
    private static final Logger LOG = LoggerFactory.getLogger(DiskLimitsFile.class);

    private final Path path;
    private final PlatformFile file;
    private DiskLimits content = DiskLimits.NONE;
    /** Which file was read last; "" for none, null while it is to be read again. */
    private String version;

    DiskLimitsFile(Path path, String clusterId) {
        this.path = path;
        file = new PlatformFile(path, clusterId, DiskLimitsReader.FILE_BYTES_MAX);
    }

    /** As the file is now. */
    DiskLimits current() {
        String seen = file.version();
        if (seen == null || seen.equals(version)) return content;
        version = seen;
        try {
            if (seen.isEmpty()) throw new RefusedFileException("it isn't there");
            content = DiskLimitsReader.read(file.read());
            LOG.info("Disk limits loaded from {}: of the cluster {}, kept free {}", path, said(content.limitBytes(), "none"), said(content.freeBytesMin(), "a share of the disk"));
        } catch (RefusedFileException error) {
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
}
