package org.apache.zookeeper.server.quorum;

import io.sluice.zookeeper.ZnodeScope;
import java.io.IOException;
import java.util.List;
import javax.security.sasl.SaslException;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.common.X509Exception;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.ServerCnxn;
import org.apache.zookeeper.server.ZKDatabase;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;

/** A peer whose servers ask {@link ZnodeScope} first. In ZooKeeper's own package: what makes a follower isn't open to others. */
public final class ScopedQuorumPeer extends QuorumPeer {
    private ZKDatabase zkDatabase;

    public ScopedQuorumPeer() throws SaslException {
        super();
    }

    @Override
    protected Leader makeLeader(FileTxnSnapLog log) throws IOException, X509Exception {
        return new Leader(this, new ScopedLeader(log, this, zkDatabase));
    }

    @Override
    protected Follower makeFollower(FileTxnSnapLog log) throws IOException {
        return new Follower(this, new ScopedFollower(log, this, zkDatabase));
    }

    @Override
    public void setZKDatabase(ZKDatabase database) {
        zkDatabase = database;
        super.setZKDatabase(database);
    }

    private static final class ScopedLeader extends LeaderZooKeeperServer {
        ScopedLeader(FileTxnSnapLog log, QuorumPeer self, ZKDatabase database) throws IOException {
            super(log, self, database);
        }

        @Override
        public void checkACL(ServerCnxn connection, List<ACL> acl, int permission, List<Id> ids, String path, List<ACL> wanted) throws KeeperException.NoAuthException {
            if (ZnodeScope.isLeftToAcl(ids, path)) super.checkACL(connection, acl, permission, ids, path, wanted);
        }
    }

    private static final class ScopedFollower extends FollowerZooKeeperServer {
        ScopedFollower(FileTxnSnapLog log, QuorumPeer self, ZKDatabase database) throws IOException {
            super(log, self, database);
        }

        @Override
        public void checkACL(ServerCnxn connection, List<ACL> acl, int permission, List<Id> ids, String path, List<ACL> wanted) throws KeeperException.NoAuthException {
            if (ZnodeScope.isLeftToAcl(ids, path)) super.checkACL(connection, acl, permission, ids, path, wanted);
        }
    }
}
