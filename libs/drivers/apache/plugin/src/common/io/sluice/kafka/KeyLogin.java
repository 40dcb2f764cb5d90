package io.sluice.kafka;

import io.sluice.kafka.principals.Key;
import io.sluice.kafka.principals.PrincipalStore;
import io.sluice.kafka.principals.SecretCheck;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.plain.PlainAuthenticateCallback;
import org.apache.kafka.common.security.scram.ScramCredential;
import org.apache.kafka.common.security.scram.ScramCredentialCallback;

/** Logins by PLAIN and SCRAM: the user is a key's id, the password its secret. Each login looks at the file first. */
public final class KeyLogin implements AuthenticateCallbackHandler {
    private static final String PATH_OPTION = "principals.file";

    private String mechanism;
    private PrincipalStore principals;
    private SecretCheck secrets;

    @Override
    public void configure(Map<String, ?> configs, String saslMechanism, List<AppConfigurationEntry> jaasConfigEntries) {
        mechanism = saslMechanism;
        String path = jaasConfigEntries.stream().map(entry -> (String) entry.getOptions().get(PATH_OPTION)).filter(Objects::nonNull).findFirst().orElse(null);
        principals = PrincipalStore.of(path, configs);
        secrets = new SecretCheck();
    }

    @Override
    public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
        String keyId = null;
        for (Callback callback : callbacks) {
            if (callback instanceof NameCallback name) keyId = name.getDefaultName();
            else if (callback instanceof PlainAuthenticateCallback plain) plain.authenticated(secrets.isSecretOf(key(keyId), plain.password()));
            else if (callback instanceof ScramCredentialCallback scram) scram.scramCredential(credential(keyId));
            else throw new UnsupportedCallbackException(callback);
        }
    }

    private Key key(String keyId) {
        return keyId == null ? null : principals.latest().keys().get(keyId);
    }

    /** For who isn't known, a credential that nothing fits: neither the messages nor their number tell who exists. */
    private ScramCredential credential(String keyId) {
        Key key = key(keyId);
        ScramCredential credential = key == null ? null : key.scram().get(mechanism);
        return credential == null ? secrets.credentialOfNobody(keyId, mechanism) : credential;
    }

    @Override
    public void close() {
        // The store is the process's.
    }
}
