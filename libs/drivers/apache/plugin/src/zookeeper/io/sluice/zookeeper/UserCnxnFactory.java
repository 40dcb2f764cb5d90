package io.sluice.zookeeper;

import java.io.IOException;
import java.nio.file.Path;
import javax.security.auth.login.LoginException;
import org.apache.zookeeper.Login;
import org.apache.zookeeper.common.ZKConfig;
import org.apache.zookeeper.server.NIOServerCnxnFactory;

/** ZooKeeper's own connections, with logins by {@link UserLogin}: ZooKeeper itself reads its users once, when it starts. */
public final class UserCnxnFactory extends NIOServerCnxnFactory {
    @Override
    protected void configureSaslLogin() throws IOException {
        try {
            login = new Login("Server", new UserLogin(Path.of(System.getProperty("sluice.zookeeper.users"))), new ZKConfig());
            login.startThreadIfNeeded();
        } catch (LoginException error) {
            throw new IOException("the section Server of the login configuration can't be used", error);
        }
    }
}
