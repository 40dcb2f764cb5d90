package io.sluice.zookeeper;

import javax.security.sasl.SaslException;
import org.apache.zookeeper.server.quorum.QuorumPeer;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;
import org.apache.zookeeper.server.quorum.ScopedQuorumPeer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Program: a ZooKeeper server as {@link QuorumPeerMain} runs it, whose users keep to their own znodes. */
public final class Ensemble extends QuorumPeerMain {
    private static final Logger LOG = LoggerFactory.getLogger(Ensemble.class);

    public static void main(String[] args) {
        try {
            new Ensemble().initializeAndRun(args);
            LOG.info("Ended");
            System.exit(0);
        } catch (Exception error) {
            LOG.error("Can't go on", error);
            System.exit(1);
        }
    }

    @Override
    protected QuorumPeer getQuorumPeer() throws SaslException {
        return new ScopedQuorumPeer();
    }
}
