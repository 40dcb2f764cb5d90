/**
 * From a caller and a cluster's id to a Kafka client that speaks as whom it must: as the caller's own key, so that the broker decides, or as the
 * platform after the use case has authorised the caller.
 */
import type { ClientTls } from '#libs/kernel';
import type { Caller, CompiledNamingPolicy } from '#libs/control/domain';
import type { Cluster, ClusterOptions, ClusterPool } from '#libs/kafka/client';
import { createHash } from 'node:crypto';
import type { DataPlaneAccess, DataPlaneService } from '../services.js';
import { timed } from './kafka-time.js';

/** Brokers of this machine are reached on loopback, whatever they advertise. */
const BROKER_HOST = '127.0.0.1';

export interface DataPlaneTrust {
  /** What broker certificates are checked against. */
  caPem(): string;
  /** The platform's own client certificate for the internal listener. */
  internal(): { certPem: string; keyPem: string };
}

export interface OpenCluster { access: DataPlaneAccess; client: Cluster }

export interface DataPlaneConnections {
  open(caller: Caller, clusterId: string): Promise<OpenCluster>;
  /** As the platform, for what the use case has authorised the caller to. */
  asPlatform(cluster: Pick<DataPlaneAccess, 'clusterId' | 'brokers'>): Cluster;
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

/** Names an identity on a cluster without holding its secret. */
function poolKey(access: Reachable): string {
  const ports = access.brokers.map((broker) => `${broker.nodeId}:${broker.externalPort}`).join();
  const identity = access.as.mode === 'platform' ? 'platform' : `${access.as.username}:${createHash('sha256').update(access.as.password).digest('hex')}`;
  return `${access.clusterId}/${ports}/${identity}`;
}

export function createDataPlaneConnections(service: DataPlaneService, pool: ClusterPool, trust: DataPlaneTrust): DataPlaneConnections {
  const clientOf = (access: Reachable): Cluster => pool.get(poolKey(access), () => optionsOf(access, trust));
  return {
    asPlatform: ({ clusterId, brokers }) => clientOf({ clusterId, brokers, as: { mode: 'platform' } }),
    async open(caller, clusterId) {
      const access = await service.access(caller, clusterId);
      return { access, client: timed(clientOf(access), caller) };
    },
    namingPolicy: (access) => service.namingPolicy(access),
  };
}
