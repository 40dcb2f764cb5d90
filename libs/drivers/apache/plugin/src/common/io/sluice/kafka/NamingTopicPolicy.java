package io.sluice.kafka;

import io.sluice.kafka.naming.NamingPolicy;
import io.sluice.kafka.principals.PrincipalStore;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.server.policy.CreateTopicPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The environment's naming policy at the creation of topics, for any client. Kafka tells a policy no principal: the platform's own creations are judged again here, by the
 * policy that the platform has judged them by. Called by the controller's one thread in KRaft, by request threads side by side with ZooKeeper.
 */
public final class NamingTopicPolicy implements CreateTopicPolicy {
    /** A name that would be right costs most; in a request with thousands of wrong ones only some get it. */
    private static final int PROPOSALS_AT_ONCE = 5;
    private static final long PROPOSAL_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final Logger LOG = LoggerFactory.getLogger(NamingTopicPolicy.class);

    private PrincipalStore principals;
    private long proposals = PROPOSALS_AT_ONCE;
    private long countedAtNanos = System.nanoTime();

    @Override
    public void configure(Map<String, ?> configs) {
        principals = PrincipalStore.of(null, configs);
    }

    @Override
    public void validate(RequestMetadata request) throws PolicyViolationException {
        if (Topic.isInternal(request.topic())) return;
        NamingPolicy policy = principals.latest().namingPolicy();
        if (policy == null) return;
        if (policy.objectionTo(request.topic(), false) == null) return;
        String objection = policy.objectionTo(request.topic(), takeProposal());
        if (policy.mode() == NamingPolicy.Mode.ENFORCE) throw new PolicyViolationException(objection);
        LOG.warn("Naming policy: {}", objection);
    }

    private synchronized boolean takeProposal() {
        long regained = (System.nanoTime() - countedAtNanos) / PROPOSAL_EVERY_NANOS;
        if (regained > 0) {
            proposals = Math.min(PROPOSALS_AT_ONCE, proposals + regained);
            countedAtNanos += regained * PROPOSAL_EVERY_NANOS;
        }
        if (proposals == 0) return false;
        proposals -= 1;
        return true;
    }

    @Override
    public void close() {
        // The store is the process's.
    }
}
