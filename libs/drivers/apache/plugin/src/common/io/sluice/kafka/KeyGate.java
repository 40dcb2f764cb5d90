package io.sluice.kafka;

import io.sluice.kafka.principals.Key;
import io.sluice.kafka.principals.PrincipalStore;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;

/** What the platform says of a request before Kafka's ACLs are asked. */
public final class KeyGate {
    /** UNDECIDED: Kafka's ACLs decide. */
    public enum Answer { ALLOWED, DENIED, UNDECIDED }

    private final PrincipalStore principals;
    private final Set<String> superUsers;

    public KeyGate(Map<String, ?> configs) {
        principals = PrincipalStore.of(null, configs);
        Object written = configs.get("super.users");
        superUsers = Arrays.stream(written == null ? new String[0] : written.toString().split(";")).map(String::trim).collect(Collectors.toUnmodifiableSet());
    }

    public Answer answer(AuthorizableRequestContext context, AclOperation operation) {
        KafkaPrincipal principal = context.principal();
        if (principal instanceof KeyPrincipal key && !isActive(key)) return Answer.DENIED;
        boolean isSuperUser = superUsers.contains(principal.getPrincipalType() + ":" + principal.getName());
        // Users of Kafka's own making couldn't log in: the login callback has taken the place of Kafka's.
        if (context.requestType() == ApiKeys.ALTER_USER_SCRAM_CREDENTIALS.id && operation == AclOperation.ALTER && !isSuperUser) return Answer.DENIED;
        if (isSuperUser) return Answer.UNDECIDED;
        KafkaPrincipal plain = new KafkaPrincipal(principal.getPrincipalType(), principal.getName());
        return principals.recent().granted().contains(plain) ? Answer.ALLOWED : Answer.UNDECIDED;
    }

    private boolean isActive(KeyPrincipal principal) {
        Key key = principals.recentKey(principal.keyId());
        return key != null && key.principal().getName().equals(principal.getName()) && key.principal().getPrincipalType().equals(principal.getPrincipalType());
    }
}
