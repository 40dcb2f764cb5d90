package io.sluice.kafka;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps clients outside until a broker knows its cluster. With ZooKeeper Kafka opens all listeners before the controller has told the new broker anything: until then it says that no topic
 * exists, and refuses what is produced to partitions that it leads. Clients take that for the truth. librdkafka gives up what it had queued for a topic that was there before, and where
 * it numbers the rest anew, records that had arrived are written twice. With KRaft Kafka itself waits.
 *
 * <p>The controller speaks to a broker by one request after another: who leads, then the metadata of the same partitions, and both again for those that it elects a leader for. It has
 * told everything when it falls silent after metadata.
 */
final class StartGate {
    /** The controller writes to ZooKeeper between two elections. */
    static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Longer than a controller that has died keeps its place. Then it is as Kafka has it. */
    static final long WAIT_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);

    private static final long LOOK_EVERY_MS = 50;
    private static final Logger LOG = LoggerFactory.getLogger(StartGate.class);

    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    private final long begunNanos;
    private boolean isTold;
    private long toldNanos;

    StartGate(long nowNanos) {
        begunNanos = nowNanos;
    }

    CompletionStage<Void> opened() {
        return opened;
    }

    boolean isOpen() {
        return opened.isDone();
    }

    /** The controller says who leads: the metadata of that is still to come. */
    synchronized void leaders() {
        isTold = false;
    }

    synchronized void metadata(long nowNanos) {
        isTold = true;
        toldNanos = nowNanos;
    }

    void watch() {
        Thread thread = new Thread(this::run, "sluice-start-gate");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            for (; !look(System.nanoTime()); TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MS));
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether it is open. */
    boolean look(long nowNanos) {
        boolean isLate = nowNanos - begunNanos >= WAIT_NANOS_MAX;
        synchronized (this) {
            if (!isLate && !(isTold && nowNanos - toldNanos >= SILENCE_NANOS)) return false;
            if (!isTold) LOG.warn("The controller has not told this broker of the cluster for {} seconds. Clients are let in.", TimeUnit.NANOSECONDS.toSeconds(WAIT_NANOS_MAX));
        }
        // Listeners are opened by whoever completes it.
        opened.complete(null);
        return true;
    }
}
