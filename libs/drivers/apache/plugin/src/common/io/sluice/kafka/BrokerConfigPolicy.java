package io.sluice.kafka;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.server.policy.AlterConfigPolicy;

/**
 * What nobody may change in a running broker, with whatever role: its listeners, certificates and login modules, and what names classes. Kafka lets an administrator of the
 * cluster set these over the protocol; here the administrator is a tenant, and the process runs on the platform's machine. Threads are the machine's too: as many of them as tenants may
 * ask the platform for.
 */
public final class BrokerConfigPolicy implements AlterConfigPolicy {
    private static final Pattern CHANGEABLE_OF_LISTENER = Pattern.compile("listener\\.name\\.[^.]+\\.max\\.connections|listener\\.name\\.[^.]+\\.max\\.connection\\.creation\\.rate");
    private static final Pattern PROTECTED = Pattern.compile("(listener|ssl|sasl|security|principal|authorizer|password\\.encoder|config\\.providers|super|sluice)\\..*"
        + "|listeners|advertised\\.listeners|config\\.providers|connections\\.max\\.reauth\\.ms|.*\\.(class|classes|class\\.name|class\\.path|reporters)");

    /** As in broker-configs.limits.ts. */
    private static final Map<String, Integer> THREADS_MAX = Map.of("num.io.threads", 64, "num.network.threads", 64, "background.threads", 64, "num.replica.fetchers", 16,
        "num.recovery.threads.per.data.dir", 16, "log.cleaner.threads", 8);

    @Override
    public void configure(Map<String, ?> configs) {
        // The same for every cluster.
    }

    @Override
    public void validate(RequestMetadata request) throws PolicyViolationException {
        if (request.resource().type() != ConfigResource.Type.BROKER) return;
        List<String> refused = request.configs().keySet().stream().filter(BrokerConfigPolicy::isProtected).sorted().toList();
        if (!refused.isEmpty()) throw new PolicyViolationException("Cannot update these configs dynamically: " + refused + ". They are the platform's to set.");
        THREADS_MAX.forEach((name, max) -> {
            if (isAbove(request.configs().get(name), max)) throw new PolicyViolationException("Invalid value for " + name + ": at most " + max + " on this platform.");
        });
    }

    static boolean isProtected(String name) {
        return PROTECTED.matcher(name).matches() && !CHANGEABLE_OF_LISTENER.matcher(name).matches();
    }

    /** What is no number is Kafka's to refuse. */
    private static boolean isAbove(String value, int max) {
        try {
            return value != null && Integer.parseInt(value.trim()) > max;
        } catch (NumberFormatException error) {
            return false;
        }
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
