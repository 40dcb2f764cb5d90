package io.sluice.kafka;

import io.sluice.kafka.principals.Key;
import io.sluice.kafka.principals.PrincipalStore;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

/** What the platform says of a request before Kafka's ACLs are asked. */
public final class KeyGate {
    /** UNDECIDED: Kafka's ACLs decide, and {@code result} is null. */
    public enum Answer {
        ALLOWED(AuthorizationResult.ALLOWED), DENIED(AuthorizationResult.DENIED), UNDECIDED(null);

        final AuthorizationResult result;

        Answer(AuthorizationResult result) {
            this.result = result;
        }
    }

    /**
     * The life of a cluster is the platform's: features, brokers and voters change by its own calls, which check beforehand. And users of Kafka's own making couldn't log in,
     * since the login callback has taken the place of Kafka's. What brokers say to each other is nobody else's to say either: with ZooKeeper their listeners take such requests from
     * anybody who may, and one of them (ENVELOPE) speaks in the name of whomever it likes.
     */
    private static final Set<Integer> PLATFORM_ONLY = Stream.concat(
        Stream.of(ApiKeys.ALTER_USER_SCRAM_CREDENTIALS, ApiKeys.UPDATE_FEATURES, ApiKeys.UNREGISTER_BROKER, ApiKeys.ADD_RAFT_VOTER, ApiKeys.REMOVE_RAFT_VOTER, ApiKeys.UPDATE_RAFT_VOTER),
        // Administrators look at the quorum, and end transactions that hang.
        Stream.of(ApiKeys.values()).filter(api -> api.clusterAction && api != ApiKeys.DESCRIBE_QUORUM && api != ApiKeys.WRITE_TXN_MARKERS)
    ).map(api -> (int) api.id).collect(Collectors.toUnmodifiableSet());

    private final PrincipalStore principals;
    private final Set<String> superUsers;

    public KeyGate(Map<String, ?> configs) {
        principals = PrincipalStore.of(null, configs);
        Object written = configs.get("super.users");
        superUsers = Arrays.stream(written == null ? new String[0] : written.toString().split(";")).map(String::trim).collect(Collectors.toUnmodifiableSet());
    }

    public Answer answer(AuthorizableRequestContext context) {
        KafkaPrincipal principal = context.principal();
        if (principal instanceof KeyPrincipal key && !isActive(key)) return Answer.DENIED;
        if (isSuperUser(principal)) return Answer.UNDECIDED;
        if (PLATFORM_ONLY.contains(context.requestType())) return Answer.DENIED;
        KafkaPrincipal plain = new KafkaPrincipal(principal.getPrincipalType(), principal.getName());
        return principals.recent().granted().contains(plain) ? Answer.ALLOWED : Answer.UNDECIDED;
    }

    /** The platform, or a broker of the cluster. */
    public boolean isSuperUser(KafkaPrincipal principal) {
        return superUsers.contains(principal.getPrincipalType() + ":" + principal.getName());
    }

    private boolean isActive(KeyPrincipal principal) {
        Key key = principals.recentKey(principal.keyId());
        return key != null && key.principal().getName().equals(principal.getName()) && key.principal().getPrincipalType().equals(principal.getPrincipalType());
    }
}
