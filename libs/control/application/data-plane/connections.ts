/**
 * From a caller and a cluster's id to a Kafka client that speaks as whom it must: as the caller's own key, so that the broker decides, or as the
 * platform after the use case has authorised the caller.
 */
import type { ClientTls } from '#libs/kernel';
import { ControlFailure, type Caller, type CompiledNamingPolicy, type RemoteCluster, type RemoteClusters } from '#libs/control/domain';
import { clientLimits, type Cluster, type ClusterOptions, type ClusterPool } from '#libs/kafka/client';
import { createHash } from 'node:crypto';
import type { DataPlaneAccess, DataPlaneService } from '../services.js';
import { bounded } from './answer-time.js';
import type { Connect } from './administration.js';
import { timed } from './kafka-time.js';

/** Brokers of this machine are reached on loopback, whatever they advertise. */
const BROKER_HOST = '127.0.0.1';

export interface DataPlaneTrust {
  /** What broker certificates are checked against. */
  caPem(): string;
  /** The platform's own client certificate for the internal listener. */
  internal(): { certPem: string; keyPem: string };
  /** Of clusters that run elsewhere. */
  remote?: RemoteTrust;
}

export interface RemoteTrust {
  /** Its clients connect only where the operator allows. */
  pool: ClusterPool;
  find(clusterId: string): Promise<RemoteCluster | null>;
  loginOf: RemoteClusters['loginOf'];
}

export interface OpenCluster { access: DataPlaneAccess; client: Cluster }

export interface DataPlaneConnections {
  open(caller: Caller, clusterId: string): Promise<OpenCluster>;
  /** As the platform, for what the use case has authorised the caller to. */
  asPlatform(cluster: Pick<DataPlaneAccess, 'clusterId' | 'brokers'> & { remote?: RemoteCluster | null }): Cluster;
  /** Of the cluster's environment; null when names are free. */
  namingPolicy(access: DataPlaneAccess): Promise<CompiledNamingPolicy | null>;
}

type Reachable = Pick<DataPlaneAccess, 'clusterId' | 'brokers' | 'as'>;

function tlsOf(access: Reachable, trust: DataPlaneTrust): ClientTls {
  const tls = { caPem: trust.caPem(), serverName: null };
  return access.as.mode === 'platform' ? { ...tls, ...trust.internal() } : tls;
}

function optionsOf(access: Reachable, trust: DataPlaneTrust): ClusterOptions {
  const portOf = (broker: DataPlaneAccess['brokers'][number]): number => (access.as.mode === 'platform' ? broker.internalPort : broker.externalPort);
  const addresses = new Map(access.brokers.map((broker) => [broker.nodeId, { host: BROKER_HOST, port: portOf(broker) }]));
  return {
    bootstrap: [...addresses.values()], addressOf: (nodeId) => addresses.get(nodeId) ?? null, clientId: 'sluice-control-plane', tls: tlsOf(access, trust),
    sasl: access.as.mode === 'caller' ? { username: access.as.username, password: access.as.password } : null,
  };
}

const identityOf = (as: DataPlaneAccess['as']): string => (as.mode === 'platform' ? 'platform' : `${as.username}:${createHash('sha256').update(as.password).digest('hex')}`);

/** Names an identity on a cluster without holding its secret. */
function poolKey(access: Reachable): string {
  const ports = access.brokers.map((broker) => `${broker.nodeId}:${broker.externalPort}`).join();
  return `${access.clusterId}/${ports}/${identityOf(access.as)}`;
}

/** As the platform's own principal, for what the platform does of its own. Nodes that are controllers only answer no client. */
export const connectAsPlatform = (pool: ClusterPool, trust: DataPlaneTrust): Connect => async ({ clusterId, brokers }) => {
  const remote = brokers.length === 0 ? await trust.remote?.find(clusterId) ?? null : null;
  if (remote) return remoteClient(remote, { mode: 'platform' }, trust);
  const access: Reachable = {
    clusterId, as: { mode: 'platform' },
    brokers: brokers.filter(({ roles }) => roles.includes('broker')).map(({ nodeId, ports }) => ({ nodeId, externalPort: ports.external, internalPort: ports.internal })),
  };
  return pool.get(poolKey(access), () => optionsOf(access, trust));
};

/** A key is a user of the cluster's own there; the platform comes in with what the cluster was attached with. */
function remoteClient(remote: RemoteCluster, as: DataPlaneAccess['as'], { remote: trust }: DataPlaneTrust): Cluster {
  if (trust === undefined) throw new ControlFailure('engine_unavailable', 'this platform can\'t reach clusters that run elsewhere');
  const { clusterId, connection, findings, testedAt } = remote;
  return trust.pool.get(`${clusterId}/${testedAt.getTime()}/${identityOf(as)}`, () => {
    const login = trust.loginOf(remote);
    const options = { bootstrap: connection.bootstrap, clientId: 'sluice-control-plane', responseBytesMax: clientLimits.remoteResponseBytesMax };
    if (as.mode === 'platform') return { ...options, ...login };
    if (findings.keyMechanism === null) throw new ControlFailure('not_supported_by_engine', `the Kafka cluster ${clusterId} has no API keys`);
    // The platform's own client certificate would speak for the platform.
    const tls = login.tls && { caPem: login.tls.caPem, serverName: login.tls.serverName };
    return { ...options, tls, sasl: { mechanism: findings.keyMechanism, username: as.username, password: as.password } };
  });
}

export function createDataPlaneConnections(service: DataPlaneService, pool: ClusterPool, trust: DataPlaneTrust): DataPlaneConnections {
  const clientOf = ({ remote, ...access }: Reachable & { remote?: RemoteCluster | null }): Cluster =>
    (remote ? remoteClient(remote, access.as, trust) : pool.get(poolKey(access), () => optionsOf(access, trust)));
  return {
    asPlatform: ({ clusterId, brokers, remote }) => clientOf({ clusterId, brokers, remote, as: { mode: 'platform' } }),
    async open(caller, clusterId) {
      const access = await service.access(caller, clusterId);
      return { access, client: timed(bounded(clientOf(access), caller), caller) };
    },
    namingPolicy: (access) => service.namingPolicy(access),
  };
}
