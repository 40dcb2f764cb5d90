/**
 * From a caller and a cluster's id to a Kafka client that speaks as whom it must: as the caller's own key, so that the broker decides, or as the
 * platform after the use case has authorised the caller.
 */
import type { ClientTls } from '#libs/kernel';
import type { Caller, CompiledNamingPolicy } from '#libs/control/domain';
import type { Cluster, ClusterOptions, ClusterPool } from '#libs/kafka/client';
import { createHash } from 'node:crypto';
import type { DataPlaneAccess, DataPlaneService } from '../services.js';

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
  /** Of the cluster's environment; null when names are free. */
  namingPolicy(access: DataPlaneAccess): Promise<CompiledNamingPolicy | null>;
}

function tlsOf(access: DataPlaneAccess, trust: DataPlaneTrust): ClientTls {
  const tls = { caPem: trust.caPem(), serverName: null };
  return access.as.mode === 'platform' ? { ...tls, ...trust.internal() } : tls;
}

function optionsOf(access: DataPlaneAccess, trust: DataPlaneTrust): ClusterOptions {
  const portOf = (broker: DataPlaneAccess['brokers'][number]): number => (access.as.mode === 'platform' ? broker.internalPort : broker.externalPort);
  const addresses = new Map(access.brokers.map((broker) => [broker.nodeId, { host: BROKER_HOST, port: portOf(broker) }]));
  return {
    bootstrap: [...addresses.values()], addressOf: (nodeId) => addresses.get(nodeId) ?? null, clientId: 'sluice-control-plane', tls: tlsOf(access, trust),
    sasl: access.as.mode === 'caller' ? { username: access.as.username, password: access.as.password } : null,
  };
}

/** Names an identity on a cluster without holding its secret. */
function poolKey(access: DataPlaneAccess): string {
  const ports = access.brokers.map((broker) => `${broker.nodeId}:${broker.externalPort}`).join();
  const identity = access.as.mode === 'platform' ? 'platform' : `${access.as.username}:${createHash('sha256').update(access.as.password).digest('hex')}`;
  return `${access.clusterId}/${ports}/${identity}`;
}

export function createDataPlaneConnections(service: DataPlaneService, pool: ClusterPool, trust: DataPlaneTrust): DataPlaneConnections {
  return {
    async open(caller, clusterId) {
      const access = await service.access(caller, clusterId);
      return { access, client: pool.get(poolKey(access), () => optionsOf(access, trust)) };
    },
    namingPolicy: (access) => service.namingPolicy(access),
  };
}
