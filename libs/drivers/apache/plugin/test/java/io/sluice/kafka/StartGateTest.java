package io.sluice.kafka;

import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** Part of PluginTest: when a broker with ZooKeeper lets clients in. */
final class StartGateTest {
    private static final long BEGUN = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(5);

    private StartGateTest() {
    }

    private static long at(double seconds) {
        return BEGUN + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    }

    static void run(BiConsumer<String, Boolean> check) {
        StartGate gate = new StartGate(BEGUN);
        check.accept("no clients before the controller has spoken", !gate.look(at(30)) && !gate.isOpen());
        gate.metadata(at(30));
        check.accept("none while it may go on", !gate.look(at(30.9)));
        gate.leaders();
        check.accept("none between leaders and their metadata", !gate.look(at(40)));
        gate.metadata(at(40));
        gate.metadata(at(40.5));
        check.accept("silence counts from the last word", !gate.look(at(41.4)) && !gate.opened().toCompletableFuture().isDone());
        check.accept("clients when it has told everything", gate.look(at(41.5)) && gate.isOpen() && gate.opened().toCompletableFuture().isDone());
        StartGate unheard = new StartGate(BEGUN);
        check.accept("a controller that is silent is waited for", !unheard.look(at(59.9)));
        check.accept("and not for ever", unheard.look(at(60)) && unheard.isOpen());
        StartGate cut = new StartGate(BEGUN);
        cut.metadata(at(1));
        cut.leaders();
        check.accept("nor for one that dies in the middle", !cut.look(at(59.9)) && cut.look(at(60)));
    }
}
