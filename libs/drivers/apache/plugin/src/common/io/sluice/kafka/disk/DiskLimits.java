package io.sluice.kafka.disk;

import java.nio.file.Path;
import java.util.List;

/** One content of the file. Immutable. {@code limitBytes} null: none; {@code freeBytesMin} null: a share of the disk; {@code directories}: of the cluster's nodes on this machine. */
record DiskLimits(Long limitBytes, Long freeBytesMin, List<Path> directories) {
    static final DiskLimits NONE = new DiskLimits(null, 0L, List.of());
}
