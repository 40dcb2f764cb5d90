package io.sluice.zookeeper;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.sasl.AuthorizeCallback;
import javax.security.sasl.RealmCallback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Digest logins by a file of {@code user=password} that is read at each of them: a user that is added or taken away counts at once. */
final class UserLogin implements CallbackHandler {
    private static final Logger LOG = LoggerFactory.getLogger(UserLogin.class);

    private final Path file;

    UserLogin(Path file) {
        this.file = file;
    }

    /** One instance serves all connections: nothing is kept from one call to the next. */
    @Override
    public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
        String password = null;
        for (Callback callback : callbacks) {
            if (callback instanceof NameCallback name) {
                password = passwordOf(name.getDefaultName());
                if (password != null) name.setName(name.getDefaultName());
            }
        }
        for (Callback callback : callbacks) {
            if (callback instanceof PasswordCallback asked) {
                if (password != null) asked.setPassword(password.toCharArray());
            } else if (callback instanceof RealmCallback realm) {
                realm.setText(realm.getDefaultText());
            } else if (callback instanceof AuthorizeCallback authorize) {
                authorize.setAuthorized(authorize.getAuthenticationID().equals(authorize.getAuthorizationID()));
                authorize.setAuthorizedID(authorize.getAuthenticationID());
            } else if (!(callback instanceof NameCallback)) {
                throw new UnsupportedCallbackException(callback);
            }
        }
    }

    private String passwordOf(String user) {
        if (user == null) return null;
        Properties users = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            users.load(reader);
        } catch (IOException | IllegalArgumentException error) {
            LOG.error("Nobody can log in: {} can't be read", file, error);
            return null;
        }
        return users.getProperty(user);
    }
}
