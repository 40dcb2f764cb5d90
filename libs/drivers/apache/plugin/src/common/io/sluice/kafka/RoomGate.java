package io.sluice.kafka;

import io.sluice.kafka.disk.DiskGuard;
import io.sluice.kafka.principals.PrincipalStore;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

/**
 * Where there is no room, what clients produce is refused, as a request, and nothing else: reading, committing, deleting and what the brokers say to each other goes on. Kafka answers an
 * exception of an authorizer with its code; a denial it would answer as a missing ACL, without a word of why.
 */
final class RoomGate {
    private final KeyGate keys;
    private final DiskGuard disk;

    RoomGate(Map<String, ?> configs, KeyGate keys) {
        this.keys = keys;
        Object cluster = configs.get(PrincipalStore.CLUSTER_CONFIG);
        disk = DiskGuard.of(configs, cluster == null ? null : cluster.toString());
    }

    /** {@code results}: what else was decided. Who may not write anyway is told that, and nothing of the disk. */
    void check(AuthorizableRequestContext context, List<Action> actions, List<AuthorizationResult> results) {
        if (disk == null || context.requestType() != ApiKeys.PRODUCE.id) return;
        String refusal = disk.refusal();
        if (refusal == null || keys.isSuperUser(context.principal())) return;
        for (int index = 0; index < actions.size(); index += 1) {
            Action action = actions.get(index);
            boolean isWrite = action.operation() == AclOperation.WRITE && action.resourcePattern().resourceType() == ResourceType.TOPIC;
            if (isWrite && results.get(index) == AuthorizationResult.ALLOWED) throw new PolicyViolationException(refusal);
        }
    }
}
