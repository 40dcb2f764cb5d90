/**
 * Clusters of somebody else's. Nothing of theirs is started, stopped or deleted: they are looked at over the Kafka protocol, and what the platform has made
 * there (users for API keys) is all that it takes away. Every connection passes the egress rule.
 */
import { ControlFailure, type ClusterDriver, type EngineOffer, type RemoteCluster, type RemoteClusters, type RemoteSecrets, type RemoteUsersRemoved } from '#libs/control/domain';
import { createEgressNet, type EgressNetOptions } from '#libs/egress';
import type { ClusterEnv } from '#libs/kafka/client';
import { OperationalError, type Log } from '#libs/kernel';
import type { Secrets } from '#libs/secrets';
import { baseCapabilities } from './capabilities.js';
import { checkMaterial } from './material.js';
import { createProbe } from './probe.js';
import { reasonOf } from './reasons.js';
import { loginOf } from './remote-login.js';
import { openCredentials, sealCredentials } from './sealed-credentials.js';
import { addScramUser, noUsers, removeScramUsers } from './users.js';
import { createRemoteWatch, type RemoteWatch } from './watch.js';

/** Where attachments are kept. */
export interface RemoteSource {
  find(clusterId: string): Promise<RemoteCluster | null>;
  usersGone(remote: RemoteCluster, names: readonly string[]): Promise<void>;
}

export interface AttachedOptions { env: ClusterEnv; egress: EgressNetOptions; secrets: Secrets; source: RemoteSource; log: Log }

export interface Attached {
  driver: ClusterDriver;
  remotes: RemoteClusters;
  /** For every other Kafka client of such clusters: it connects where the rule allows. */
  env: ClusterEnv;
  close(): void;
}

const ENGINE = 'attached';

const offer: EngineOffer = {
  engine: ENGINE, title: 'A Kafka cluster that runs elsewhere', region: ENGINE, isProvisioned: false, versions: [], brokersMax: 0, controllersMax: 0, heapMb: null, takesConfigs: false, flushModes: ['os'],
  capabilities: baseCapabilities, problem: null,
};

const notOurs = (what: string): Promise<never> => Promise.reject(new OperationalError('not_ours', `${what} of an attached cluster is its owner's`, false));

export function createAttached({ env: given, egress, secrets, source, log }: AttachedOptions): Attached {
  const env: ClusterEnv = { ...given, net: createEgressNet(given, egress) };
  const open = ({ clusterId, sealed }: Pick<RemoteCluster, 'clusterId' | 'sealed'>): RemoteSecrets => openCredentials(secrets, clusterId, sealed);
  const login = (remote: RemoteCluster) => loginOf(remote.connection, open(remote));
  const takeOut = async (remote: RemoteCluster, names: readonly string[], cluster: Parameters<typeof removeScramUsers>[1]): Promise<void> => {
    if (names.length === 0) return;
    await removeScramUsers(env, cluster, names);
    await source.usersGone(remote, names);
  };
  const watch: RemoteWatch = createRemoteWatch({ env, log, find: (id) => source.find(id), loginOf: login, onReached: (remote, cluster) => takeOut(remote, remote.leaving, cluster) });

  async function removeUsers(clusterId: string): Promise<RemoteUsersRemoved> {
    let users: readonly string[] = [];
    try {
      const found = await watch.client(clusterId);
      if (found === null || found.remote.users.length === 0) return noUsers;
      ({ users } = found.remote);
      await takeOut(found.remote, users, found.cluster);
      return { removed: [...users], left: [], reason: null };
    } catch (error) {
      const reason = reasonOf(error)?.text ?? (error instanceof Error ? error.message : 'it does not answer');
      log.write('warn', 'attached.users-left', { clusterId, users, reason });
      return { removed: [], left: [...users], reason };
    }
  }

  const driver: ClusterDriver = {
    name: ENGINE,
    capabilities: baseCapabilities,
    capabilitiesOf: async (clusterId) => (await source.find(clusterId))?.findings.capabilities ?? baseCapabilities,
    offer: () => offer,
    checkConfigs: async () => [],
    dynamicConfigs: async () => ({}),
    inspect: async () => ({ brokers: [], services: [] }),
    async observe(clusterId) {
      const { problem, brokers } = await watch.look(clusterId);
      const seen = { pid: null, everReady: true, bundle: null, configMatches: true };
      const nodes = problem === null
        ? brokers.map(({ nodeId }) => ({ ...seen, nodeId, process: 'ready' as const, exitReason: null }))
        : [{ ...seen, nodeId: 0, process: 'failed' as const, exitReason: problem }];
      return { brokers: nodes, directoryExists: true };
    },
    prepare: async () => undefined,
    waitForChange: (clusterId, timeoutMs) => watch.waitForChange(clusterId, timeoutMs),
    async applyPrincipals(clusterId) {
      // Whom the rows don't name any more. One that can't be reached now is asked at the next look that finds it: nothing is held up meanwhile.
      try {
        const found = await watch.client(clusterId);
        if (found) await takeOut(found.remote, found.remote.leaving, found.cluster);
      } catch (error) {
        log.write('warn', 'attached.users-waiting', { clusterId, reason: reasonOf(error)?.text ?? String(error) });
      }
    },
    async addUser(clusterId, user) {
      const found = await watch.client(clusterId);
      if (found === null) throw new OperationalError('not_attached', `${clusterId} isn't attached`, false);
      try {
        await addScramUser(env, found, login(found.remote).tls, user);
      } catch (error) {
        const reason = error instanceof ControlFailure ? null : reasonOf(error);
        throw reason === null ? error : new ControlFailure('cluster_not_ready', `the Kafka cluster ${clusterId} doesn't take the key: ${reason.text}`);
      }
    },
    startBroker: () => notOurs('a broker'),
    stopBroker: () => notOurs('a broker'),
    stopTogether: () => notOurs('a broker'),
    removeBroker: () => notOurs('a broker'),
    async remove(clusterId) {
      await removeUsers(clusterId);
      watch.forget(clusterId);
    },
    listOwned: async () => [],
  };
  const probe = createProbe(env);
  const remotes: RemoteClusters = {
    engine: ENGINE,
    async probe(connection, given) {
      checkMaterial(connection, given);
      return probe(connection, given);
    },
    seal: (clusterId, given) => sealCredentials(secrets, clusterId, given),
    open, loginOf: login, removeUsers,
    brokers: (clusterId) => watch.last(clusterId)?.brokers ?? [],
  };
  return { driver, remotes, env, close: () => watch.close() };
}
