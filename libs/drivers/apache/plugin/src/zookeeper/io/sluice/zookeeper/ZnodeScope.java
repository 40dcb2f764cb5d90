package io.sluice.zookeeper;

import java.util.List;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Id;

/**
 * Who may touch which znodes, before their ACLs are asked. Kafka leaves most of its znodes open for everybody to read; here a user sees
 * nothing but {@code /sluice/<user>}, and the platform's own user sees all. Who isn't logged in sees nothing.
 */
public final class ZnodeScope {
    public static final String ROOT = "/sluice";
    public static final String PLATFORM = "platform";

    private ZnodeScope() {
    }

    /** Whether the znode's own ACL decides; else everything is allowed. */
    public static boolean isLeftToAcl(List<Id> ids, String path) throws KeeperException.NoAuthException {
        boolean isOwn = false;
        for (Id id : ids) {
            if (!id.getScheme().equals("sasl")) continue;
            if (id.getId().equals(PLATFORM)) return false;
            String own = ROOT + "/" + id.getId();
            if (path != null && (path.equals(own) || path.startsWith(own + "/"))) isOwn = true;
        }
        if (!isOwn) throw new KeeperException.NoAuthException();
        return true;
    }
}
