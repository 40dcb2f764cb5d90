package io.sluice.kafka.disk;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What the cluster's nodes have on this machine's disks: bytes of the segments in all their directories (0 where nobody asks for them), and of the disk that has the least left
 * beyond what is kept free, how much that is. Files and directories that go meanwhile, as Kafka's do all the time, count as nothing; any other trouble is the caller's to know.
 */
record DiskUsage(long segmentBytes, long usableBytes, long keptBytes) {
    private static final double FREE_SHARE_MIN = 0.05;
    private static final long FREE_BYTES_MIN = 1L << 30;
    /** What is about to be deleted takes room until it is: how long that is, topics' settings say. Indexes are made larger than they are, and don't count. */
    private static final Predicate<String> IS_SEGMENT = Pattern.compile(".+\\.log(\\.(deleted|cleaned|swap))?").asMatchPredicate();
    private static final DirectoryStream.Filter<Path> SEGMENTS = path -> IS_SEGMENT.test(path.getFileName().toString());
    /** Kafka's own, which nobody's records get into, and which Kafka keeps small. */
    private static final DirectoryStream.Filter<Path> PARTITIONS = path -> !path.getFileName().toString().startsWith("__cluster_metadata-");

    static DiskUsage of(DiskLimits limits) throws IOException {
        long segments = 0;
        DiskUsage scarcest = new DiskUsage(0, Long.MAX_VALUE, 0);
        for (Path directory : limits.directories()) {
            if (limits.limitBytes() != null) segments += segmentsOfNode(directory);
            DiskUsage disk = diskOf(directory, limits.freeBytesMin());
            if (disk != null && disk.spareBytes() < scarcest.spareBytes()) scarcest = disk;
        }
        return new DiskUsage(segments, scarcest.usableBytes, scarcest.keptBytes);
    }

    /** Below 0 where less is left than is kept free. */
    long spareBytes() {
        return usableBytes - keptBytes;
    }

    /** Null: it isn't there. (Asked of the system: {@code FileStore} looks for a mount point first, which not every container lets it find.) */
    private static DiskUsage diskOf(Path directory, Long freeBytesMin) {
        long usableBytes = directory.toFile().getUsableSpace();
        long totalBytes = directory.toFile().getTotalSpace();
        if (totalBytes == 0) return null;
        return new DiskUsage(0, usableBytes, freeBytesMin == null ? Math.min(FREE_BYTES_MIN, (long) (totalBytes * FREE_SHARE_MIN)) : freeBytesMin);
    }

    private static long segmentsOfNode(Path directory) throws IOException {
        long total = 0;
        try (DirectoryStream<Path> partitions = Files.newDirectoryStream(directory, PARTITIONS)) {
            for (Path partition : partitions) total += segmentsOf(partition);
        } catch (NoSuchFileException error) {
            return total;
        } catch (DirectoryIteratorException error) {
            throw error.getCause();
        }
        return total;
    }

    private static long segmentsOf(Path partition) throws IOException {
        long total = 0;
        try (DirectoryStream<Path> segments = Files.newDirectoryStream(partition, SEGMENTS)) {
            for (Path segment : segments) total += sizeOf(segment);
        } catch (NoSuchFileException | NotDirectoryException error) {
            return total;
        } catch (DirectoryIteratorException error) {
            throw error.getCause();
        }
        return total;
    }

    private static long sizeOf(Path segment) throws IOException {
        try {
            return Files.readAttributes(segment, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).size();
        } catch (NoSuchFileException error) {
            return 0;
        }
    }
}
