package io.sluice.zookeeper;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZKUtil;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;

/**
 * Program: {@code create host:port,… cluster=kafkaClusterId…} makes znodes for clusters, with the id that Kafka would else choose itself; {@code remove host:port,… cluster…} takes
 * them away with all that is below. Safe to repeat.
 */
public final class Chroots {
    private static final int SESSION_TIMEOUT_MS = 10_000;
    private static final int CONNECT_TIMEOUT_S = 20;

    private Chroots() {
    }

    public static void main(String[] args) {
        try {
            run(args);
            System.exit(0);
        } catch (Exception error) {
            System.err.println(error);
            System.exit(1);
        }
    }

    private static void run(String[] args) throws Exception {
        ZooKeeper zookeeper = connect(args[1]);
        try {
            for (int index = 2; index < args.length; index++) {
                String[] parts = args[index].split("=", 2);
                if (args[0].equals("create")) create(zookeeper, parts[0], parts[1]);
                else remove(zookeeper, args[index]);
            }
        } finally {
            zookeeper.close();
        }
    }

    /** The client looks for nulls in a list, which an immutable one doesn't take. */
    private static void create(ZooKeeper zookeeper, String cluster, String kafkaClusterId) throws KeeperException, InterruptedException {
        ACL platform = new ACL(Perms.ALL, new Id("sasl", ZnodeScope.PLATFORM));
        List<ACL> own = Arrays.asList(new ACL(Perms.ALL, new Id("sasl", cluster)), platform);
        String path = ZnodeScope.ROOT + "/" + cluster;
        ensure(zookeeper, ZnodeScope.ROOT, "", Arrays.asList(platform));
        ensure(zookeeper, path, "", own);
        ensure(zookeeper, path + "/cluster", "", own);
        ensure(zookeeper, path + "/cluster/id", "{\"version\":\"1\",\"id\":\"" + kafkaClusterId + "\"}", own);
    }

    private static void ensure(ZooKeeper zookeeper, String path, String data, List<ACL> acl) throws KeeperException, InterruptedException {
        try {
            zookeeper.create(path, data.getBytes(StandardCharsets.UTF_8), acl, CreateMode.PERSISTENT);
        } catch (KeeperException.NodeExistsException present) {
            zookeeper.setACL(path, acl, -1);
        }
    }

    private static void remove(ZooKeeper zookeeper, String cluster) throws KeeperException, InterruptedException {
        String path = ZnodeScope.ROOT + "/" + cluster;
        // Brokers that were killed leave sessions whose znodes go by themselves, perhaps between being listed and being deleted.
        for (int attempt = 0; zookeeper.exists(path, false) != null; attempt++) {
            try {
                ZKUtil.deleteRecursive(zookeeper, path);
            } catch (KeeperException.NoNodeException | KeeperException.NotEmptyException changed) {
                if (attempt == 10) throw changed;
            }
        }
    }

    private static ZooKeeper connect(String servers) throws Exception {
        CountDownLatch authenticated = new CountDownLatch(1);
        ZooKeeper zookeeper = new ZooKeeper(servers, SESSION_TIMEOUT_MS, event -> {
            if (event.getState() == KeeperState.SaslAuthenticated) authenticated.countDown();
        });
        if (authenticated.await(CONNECT_TIMEOUT_S, TimeUnit.SECONDS)) return zookeeper;
        zookeeper.close();
        throw new IllegalStateException("no login at " + servers + " within " + CONNECT_TIMEOUT_S + " s");
    }
}
