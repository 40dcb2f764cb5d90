package io.sluice.kafka;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import kafka.security.authorizer.AclAuthorizer;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

/** Kafka's authorizer of ZooKeeper behind the platform's keys, role grants and disk limits. */
public final class ZookeeperAuthorizer extends AclAuthorizer {
    private KeyGate gate;
    private RoomGate room;

    @Override
    public void configure(Map<String, ?> configs) {
        gate = new KeyGate(configs);
        room = new RoomGate(configs, gate);
        super.configure(configs);
    }

    @Override
    public List<AuthorizationResult> authorize(AuthorizableRequestContext context, List<Action> actions) {
        AuthorizationResult decided = gate.answer(context).result;
        List<AuthorizationResult> results = decided == null ? super.authorize(context, actions) : Collections.nCopies(actions.size(), decided);
        room.check(context, actions, results);
        return results;
    }

    @Override
    public AuthorizationResult authorizeByResourceType(AuthorizableRequestContext context, AclOperation operation, ResourceType resourceType) {
        AuthorizationResult decided = gate.answer(context).result;
        return decided == null ? super.authorizeByResourceType(context, operation, resourceType) : decided;
    }
}
