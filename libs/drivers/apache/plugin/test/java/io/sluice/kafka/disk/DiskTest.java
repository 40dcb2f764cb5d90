package io.sluice.kafka.disk;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/** Part of PluginTest: limits of the disk, with directories as brokers have them. */
public final class DiskTest {
    private static final String CLUSTER = "lkc-test1";
    private static final long MIB = 1024 * 1024;

    private final BiConsumer<String, Boolean> check;
    private final Path directory;

    private DiskTest(Path directory, BiConsumer<String, Boolean> check) {
        this.directory = directory;
        this.check = check;
    }

    public static void run(Path directory, BiConsumer<String, Boolean> check) throws Exception {
        DiskTest test = new DiskTest(Files.createTempDirectory(directory, "disk"), check);
        test.files();
        test.usage();
        test.refusals();
        test.pace();
        test.guard();
    }

    /** As the platform writes it. */
    public static void write(Path file, String clusterId, Long limitBytes, Long freeBytesMin, Path... directories) throws IOException {
        String list = List.of(directories).stream().map(each -> "\"" + each + "\"").collect(Collectors.joining(","));
        replace(file, "{\"version\":1,\"clusterId\":\"%s\",\"limitBytes\":%s,\"freeBytesMin\":%s,\"directories\":[%s]}".formatted(clusterId, limitBytes, freeBytesMin, list));
    }

    private static void replace(Path file, String content) throws IOException {
        Path next = file.resolveSibling("next");
        Files.writeString(next, content);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Sparse. */
    private static void sized(Path file, long bytes) throws IOException {
        Files.createDirectories(file.getParent());
        try (RandomAccessFile written = new RandomAccessFile(file.toFile(), "rw")) {
            written.setLength(bytes);
        }
    }

    private void files() throws Exception {
        Path path = directory.resolve("limits.json");
        DiskLimitsFile file = new DiskLimitsFile(path, CLUSTER);
        check.accept("a file of limits that isn't there is none", file.current().equals(DiskLimits.NONE));
        write(path, CLUSTER, 5L, null, directory);
        DiskLimits read = file.current();
        check.accept("limits as written", read.equals(new DiskLimits(5L, null, List.of(directory))));
        for (String wrong : List.of("{", "[]", "{\"version\":2}", limits("\"5\"", "null", "[]"), limits("-1", "null", "[]"), limits("5.5", "null", "[]"), limits("9007199254740992", "null", "[]"), limits("5", "true", "[]"),
            limits("5", "null", "{}"), limits("5", "null", "[\"data\"]"), limits("5", "null", "[7]"), limits("5", "null", "[\"/a\\u0000\"]"), limits("5", "null", "[]") + "x", limits("5", "null", "[]").replace("\"limitBytes\":5,", ""),
            limits("5", "null", "[]").replace(CLUSTER, "lkc-other"))) {
            replace(path, wrong);
            check.accept("limits stay in spite of " + wrong, file.current().equals(read));
        }
        write(path, CLUSTER, null, 7L);
        check.accept("the next good ones are taken", file.current().equals(new DiskLimits(null, 7L, List.of())));
        Files.delete(path);
        check.accept("limits whose file is gone stay", file.current().equals(new DiskLimits(null, 7L, List.of())));
    }

    private static String limits(String limitBytes, String freeBytesMin, String directories) {
        return "{\"version\":1,\"clusterId\":\"%s\",\"limitBytes\":%s,\"freeBytesMin\":%s,\"directories\":%s}".formatted(CLUSTER, limitBytes, freeBytesMin, directories);
    }

    private void usage() throws Exception {
        Path one = directory.resolve("node-1");
        Path two = directory.resolve("node-2");
        sized(one.resolve("orders-0/00000000000000000000.log"), 1_000);
        sized(one.resolve("orders-0/00000000000000000009.log.deleted"), 200);
        sized(one.resolve("orders-0/00000000000000000000.index"), 10 * MIB);
        sized(one.resolve("orders-0/00000000000000000000.timeindex"), 10 * MIB);
        sized(one.resolve("orders-0/leader-epoch-checkpoint"), 50);
        sized(one.resolve("__cluster_metadata-0/00000000000000000000.log"), 70 * MIB);
        sized(one.resolve("meta.properties"), 80);
        sized(one.resolve("x.log"), 90);
        sized(two.resolve("gone-0.0123-delete/00000000000000000000.log"), 30);
        sized(two.resolve("old.log-3/00000000000000000000.log.cleaned"), 4);
        List<Path> directories = List.of(one, two, directory.resolve("node-3"));
        check.accept("segments of all nodes, and what waits to be deleted", DiskUsage.of(new DiskLimits(1L, 0L, directories)).segmentBytes() == 1_234);
        check.accept("nothing is walked for nobody", DiskUsage.of(new DiskLimits(null, 0L, directories)).segmentBytes() == 0);
        DiskUsage usual = DiskUsage.of(new DiskLimits(null, null, directories));
        long total = one.toFile().getTotalSpace();
        check.accept("a share of the disk is kept free, and not too much", usual.keptBytes() == Math.min(1L << 30, (long) (total * 0.05)) && usual.usableBytes() <= total);
        check.accept("or what is asked for", DiskUsage.of(new DiskLimits(null, 1L << 50, directories)).spareBytes() < 0);
        check.accept("no directory, no limit", DiskUsage.of(new DiskLimits(1L, 1L << 50, List.of(directory.resolve("node-9")))).spareBytes() > 0);
    }

    private static DiskUsage holding(long segmentBytes) {
        return new DiskUsage(segmentBytes, 1_000, 100);
    }

    private static DiskUsage leaving(long usableBytes) {
        return new DiskUsage(0, usableBytes, 1_000);
    }

    private void refusals() {
        DiskLimits limits = new DiskLimits(1_000L, null, List.of());
        check.accept("below the limit", DiskRefusal.of(limits, holding(999), null) == null);
        DiskRefusal full = DiskRefusal.of(limits, holding(1_000), null);
        check.accept("at the limit, with figures", full != null && full.message().startsWith("The cluster holds 1000 bytes, its disk limit is 1000 (diskLimitBytes). Producers may write again below 950. "));
        check.accept("not again at once", DiskRefusal.of(limits, holding(950), full) != null && DiskRefusal.of(limits, holding(949), full) == null);
        check.accept("without a limit", DiskRefusal.of(new DiskLimits(null, null, List.of()), holding(5_000), full) == null);
        check.accept("what is kept free is there", DiskRefusal.of(limits, leaving(1_000), null) == null);
        DiskRefusal scarce = DiskRefusal.of(limits, leaving(999), null);
        check.accept("less than is kept free, with figures", scarce != null && scarce.message().startsWith("The disk has 999 bytes left, 1000 are kept free. Producers may write again with 1050. "));
        check.accept("some more has to be free then", DiskRefusal.of(limits, leaving(1_049), scarce) != null && DiskRefusal.of(limits, leaving(1_050), scarce) == null);
        check.accept("each for itself", DiskRefusal.of(limits, leaving(1_000), full) == null && DiskRefusal.of(limits, holding(960), scarce) == null);
    }

    private void pace() {
        long second = TimeUnit.SECONDS.toNanos(1);
        check.accept("every few seconds", DiskPace.pauseNanos(1) == DiskPace.PAUSE_NANOS_MAX && DiskPace.pauseOfProducersNanos(1, Long.MAX_VALUE, false) == DiskPace.PAUSE_NANOS_MAX);
        check.accept("sooner where producers may soon be at the limit", DiskPace.pauseOfProducersNanos(1, DiskPace.FEARED_BYTES_PER_SECOND / 2, false) == second / 2);
        check.accept("not all the time", DiskPace.pauseOfProducersNanos(1, 1, false) == DiskPace.PAUSE_NANOS_MIN);
        check.accept("often while somebody waits", DiskPace.pauseOfProducersNanos(1, -5, true) == DiskPace.PAUSE_NANOS_REFUSED);
        check.accept("seldom where it takes long", DiskPace.pauseOfProducersNanos(10 * second, 0, true) == 200 * second && DiskPace.pauseNanos(10 * second) == 200 * second);
    }

    private void guard() throws Exception {
        Path file = directory.resolve("guarded.json");
        Path data = directory.resolve("guarded");
        sized(data.resolve("orders-0/00000000000000000000.log"), 960);
        write(file, CLUSTER, 1_000L, 0L, data);
        DiskGuard guard = new DiskGuard(file, CLUSTER);
        guard.look();
        check.accept("room", guard.refusal() == null);
        write(file, CLUSTER, 900L, 0L, data);
        guard.look();
        check.accept("a lower limit counts at once", guard.refusal() != null);
        replace(file, "torn");
        guard.look();
        check.accept("and stays in spite of a file that isn't right", guard.refusal() != null);
        write(file, CLUSTER, 1_000L, 0L, data);
        guard.look();
        check.accept("a higher one too, however little it gives", guard.refusal() == null);
        check.accept("no configuration, no guard", DiskGuard.of(java.util.Map.of(), CLUSTER) == null);
    }
}
