package io.sluice.kafka;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

/** Kafka's authorizer of KRaft behind the platform's keys and role grants. */
public final class KraftAuthorizer extends StandardAuthorizer {
    private KeyGate gate;

    @Override
    public void configure(Map<String, ?> configs) {
        gate = new KeyGate(configs);
        super.configure(configs);
    }

    @Override
    public List<AuthorizationResult> authorize(AuthorizableRequestContext context, List<Action> actions) {
        AuthorizationResult[] results = new AuthorizationResult[actions.size()];
        List<Action> asked = new ArrayList<>(actions.size());
        for (int index = 0; index < results.length; index += 1) {
            results[index] = decided(context, actions.get(index).operation());
            if (results[index] == null) asked.add(actions.get(index));
        }
        if (asked.isEmpty()) return Arrays.asList(results);
        List<AuthorizationResult> answers = super.authorize(context, asked);
        for (int index = 0, next = 0; index < results.length; index += 1) if (results[index] == null) results[index] = answers.get(next++);
        return Arrays.asList(results);
    }

    @Override
    public AuthorizationResult authorizeByResourceType(AuthorizableRequestContext context, AclOperation operation, ResourceType resourceType) {
        AuthorizationResult result = decided(context, operation);
        return result == null ? super.authorizeByResourceType(context, operation, resourceType) : result;
    }

    /** Null: Kafka's ACLs decide. */
    private AuthorizationResult decided(AuthorizableRequestContext context, AclOperation operation) {
        return switch (gate.answer(context, operation)) {
            case ALLOWED -> AuthorizationResult.ALLOWED;
            case DENIED -> AuthorizationResult.DENIED;
            case UNDECIDED -> null;
        };
    }
}
