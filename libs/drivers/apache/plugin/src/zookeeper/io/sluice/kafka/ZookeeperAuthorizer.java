package io.sluice.kafka;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import kafka.security.authorizer.AclAuthorizer;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;
import org.apache.kafka.server.authorizer.AuthorizerServerInfo;

/** Kafka's authorizer of ZooKeeper behind the platform's keys, role grants and disk limits. It opens listeners for clients when the broker knows its cluster. */
public final class ZookeeperAuthorizer extends AclAuthorizer {
    private KeyGate gate;
    private RoomGate room;
    private StartGate start;

    @Override
    public void configure(Map<String, ?> configs) {
        gate = new KeyGate(configs);
        room = new RoomGate(configs, gate);
        start = new StartGate(System.nanoTime());
        super.configure(configs);
    }

    /** Kafka opens a listener when what is answered for it is complete, and counts as started when all are open. The controller comes by the brokers' own. */
    @Override
    public Map<Endpoint, CompletionStage<Void>> start(AuthorizerServerInfo server) {
        Map<Endpoint, CompletionStage<Void>> opened = new HashMap<>(super.start(server));
        opened.replaceAll((endpoint, ready) -> endpoint.equals(server.interBrokerEndpoint()) ? ready : ready.thenCompose(ignored -> start.opened()));
        start.watch();
        return opened;
    }

    @Override
    public List<AuthorizationResult> authorize(AuthorizableRequestContext context, List<Action> actions) {
        AuthorizationResult decided = gate.answer(context).result;
        List<AuthorizationResult> results = decided == null ? super.authorize(context, actions) : Collections.nCopies(actions.size(), decided);
        room.check(context, actions, results);
        if (!start.isOpen() && !results.contains(AuthorizationResult.DENIED)) hear(context.requestType());
        return results;
    }

    @Override
    public AuthorizationResult authorizeByResourceType(AuthorizableRequestContext context, AclOperation operation, ResourceType resourceType) {
        AuthorizationResult decided = gate.answer(context).result;
        return decided == null ? super.authorizeByResourceType(context, operation, resourceType) : decided;
    }

    private void hear(int requestType) {
        if (requestType == ApiKeys.LEADER_AND_ISR.id) start.leaders();
        else if (requestType == ApiKeys.UPDATE_METADATA.id) start.metadata(System.nanoTime());
    }
}
