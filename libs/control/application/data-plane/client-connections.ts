/** What a client has to know to reach a cluster. No secret is among it: the platform keeps none. */
import { ControlFailure, type Caller } from '#libs/control/domain';
import type { DataPlaneService } from '../services.js';
import type { DataPlaneTrust } from './connections.js';

export interface ClientConnection {
  clusterId: string;
  /** `host:port[,host:port]`. */
  bootstrapEndpoint: string;
  /** Of the key that was asked for; else of the caller's own, where that is a key of the cluster; else null. */
  apiKeyId: string | null;
  /** What signs the brokers' certificates; null: an authority that machines trust. */
  caPem: string | null;
  /** The one by which keys log in, where there is no choice. */
  mechanism: string | null;
  /** The authority is that of this installation, which anybody may fetch. */
  isOwnCa: boolean;
}

export interface ClientConnectionsUseCases {
  /** For whoever may use the cluster's data plane. No broker is asked, but the cluster must be provisioned. */
  get(caller: Caller, clusterId: string, apiKeyId?: string): Promise<ClientConnection>;
}

export function createClientConnectionsUseCases(service: DataPlaneService, trust: Pick<DataPlaneTrust, 'caPem'>): ClientConnectionsUseCases {
  return {
    async get(caller, clusterId, apiKeyId) {
      const access = await service.access(caller, clusterId);
      if (access.bootstrapEndpoint === null) throw new ControlFailure('cluster_not_ready', `the Kafka cluster ${access.clusterId} has no address for clients yet`);
      const own = caller.kind === 'cluster-key' ? caller.keyId : null;
      const key = apiKeyId === undefined ? own : (await service.clusterKey(caller, access, apiKeyId)).id;
      const common = { clusterId: access.clusterId, bootstrapEndpoint: access.bootstrapEndpoint, apiKeyId: key };
      if (access.remote === null) return { ...common, caPem: trust.caPem(), mechanism: null, isOwnCa: true };
      const { connection, findings } = access.remote;
      if (findings.keyMechanism === null) throw new ControlFailure('not_supported_by_engine', `the Kafka cluster ${access.clusterId} has no API keys to log in with: ${findings.reasons.keys ?? 'it can\'t keep them'}`);
      if (connection.protocol !== 'SASL_SSL') throw new ControlFailure('not_supported_by_engine', `the listener by which ${access.clusterId} is known is ${connection.protocol}; configurations are written for SASL_SSL`);
      return { ...common, caPem: connection.caPem, mechanism: findings.keyMechanism, isOwnCa: false };
    },
  };
}
