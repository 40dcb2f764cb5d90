import { invariant } from '#libs/kernel';
import {
  placeOf, scopeCrn, type ApiKey, type Broker, type BrokerProcessState, type BrokerPorts, type Cluster, type ClusterConfig, type ClusterPhase, type EngineSpec, type Environment, type EnvironmentNamingPolicy, type NodeRole,
  type Operation, type OperationStep, type Organization, type RemoteCluster, type RoleBinding, type ServiceAccount, type User,
} from '#libs/control/domain';
import type * as rows from '../../generated/prisma/client.js';

/**
 * Rows to the domain's entities. The casts to branded ids and unions stand here and nowhere else: what is in the database was checked on
 * its way in, and is held by its constraints.
 */
export const toOrganization = ({ id, displayName, jitEnabled, createdAt, updatedAt }: rows.Organization): Organization =>
  ({ id: id as Organization['id'], displayName, jitEnabled, createdAt, updatedAt });

export type EnvironmentRow = Pick<rows.Environment, 'id' | 'organizationId' | 'displayName' | 'createdAt' | 'updatedAt'>;

export const toEnvironment = (row: EnvironmentRow): Environment => ({
  id: row.id as Environment['id'], organizationId: row.organizationId as Environment['organizationId'], displayName: row.displayName,
  createdAt: row.createdAt, updatedAt: row.updatedAt,
});

export const toNamingPolicy = (row: rows.NamingPolicy): EnvironmentNamingPolicy => ({
  environmentId: row.environmentId as EnvironmentNamingPolicy['environmentId'], organizationId: row.organizationId as EnvironmentNamingPolicy['organizationId'],
  policy: row.policy as unknown as EnvironmentNamingPolicy['policy'], createdAt: row.createdAt, updatedAt: row.updatedAt,
});

export const toUser = (row: rows.User): User => ({
  id: row.id as User['id'], organizationId: row.organizationId as User['organizationId'], email: row.email, fullName: row.fullName,
  authType: row.authType as User['authType'], createdAt: row.createdAt, updatedAt: row.updatedAt,
});

export const toServiceAccount = (row: rows.ServiceAccount): ServiceAccount => ({
  id: row.id as ServiceAccount['id'], organizationId: row.organizationId as ServiceAccount['organizationId'], displayName: row.displayName,
  description: row.description, createdAt: row.createdAt, updatedAt: row.updatedAt,
});

export const apiKeyColumns = {
  id: true, organizationId: true, ownerId: true, displayName: true, description: true, clusterId: true, createdAt: true, updatedAt: true,
  cluster: { select: { environmentId: true } },
} as const;

/** A key's row as lists and answers read it: without the verifiers. */
export type ApiKeyRow = Omit<rows.ApiKey, 'secretSha256' | 'scram' | 'isBootstrap'> & { cluster: { environmentId: string } | null };

export const toApiKey = (row: ApiKeyRow): ApiKey => ({
  id: row.id as ApiKey['id'], organizationId: row.organizationId as ApiKey['organizationId'], ownerId: row.ownerId as ApiKey['ownerId'],
  displayName: row.displayName, description: row.description,
  resource: row.clusterId !== null && row.cluster !== null
    ? { clusterId: row.clusterId, environmentId: row.cluster.environmentId } as ApiKey['resource'] : null,
  createdAt: row.createdAt, updatedAt: row.updatedAt,
});

export const toRoleBinding = (row: rows.RoleBinding): RoleBinding => ({
  id: row.id as RoleBinding['id'], organizationId: row.organizationId as RoleBinding['organizationId'], principalId: row.principalId as RoleBinding['principalId'],
  roleName: row.roleName as RoleBinding['roleName'], crnPattern: scopeCrn(row),
  environmentId: row.environmentId as RoleBinding['environmentId'], clusterId: row.clusterId as RoleBinding['clusterId'],
  createdAt: row.createdAt, updatedAt: row.updatedAt,
});

export const clusterParts = { brokers: { orderBy: { nodeId: 'asc' } }, ports: true } as const;
export type ClusterRow = rows.Cluster & { brokers: rows.Broker[]; ports: rows.PortAllocation[] };
type BrokerView = Pick<rows.Broker, 'nodeId' | 'roles' | 'process' | 'bundle' | 'restartNeeded'>;
type PortView = Pick<rows.PortAllocation, 'port' | 'nodeId' | 'listener'>;
/** What use cases read of a cluster. */
export type ClusterView = Pick<rows.Cluster, 'id' | 'organizationId' | 'environmentId' | 'displayName' | 'availability' | 'cloud' | 'region' | 'config' | 'flushMode' | 'diskLimitBytes'
  | 'engine' | 'engineSpec' | 'firstBrokers' | 'isPaused' | 'deletionProtection' | 'kafkaClusterId' | 'bootstrap' | 'phase' | 'failureReason' | 'generation' | 'observedGeneration' | 'createdAt' | 'updatedAt'>
  & { brokers: BrokerView[]; ports: PortView[] };

export function portsOf(row: { ports: readonly PortView[] }, nodeId: number): BrokerPorts {
  const port = (listener: keyof BrokerPorts): number => {
    const found = row.ports.find((each) => each.nodeId === nodeId && each.listener === listener);
    invariant(found, `broker ${nodeId} has a port for its listener ${listener}`);
    return found.port;
  };
  return { external: port('external'), internal: port('internal'), controller: port('controller') };
}

type EngineRow = Pick<rows.Cluster, 'engine' | 'engineSpec'>;

/** The engine's name is a column of its own, the rest one document. */
export const toEngine = ({ engine, engineSpec }: EngineRow): EngineSpec => ({ ...engineSpec as unknown as Omit<EngineSpec, 'engine'>, engine });
export const fromEngine = ({ engine, ...spec }: EngineSpec) => ({ engine, engineSpec: { ...spec, configs: { ...spec.configs } } });

/** What a node is in its cluster, and where. */
export const nodeOf = ({ firstBrokers, availability }: Pick<rows.Cluster, 'firstBrokers' | 'availability'>, { nodeId, roles }: Pick<rows.Broker, 'nodeId' | 'roles'>): { nodeId: number; roles: readonly NodeRole[]; rack: string | null; isFirst: boolean } =>
  ({ nodeId, roles: roles as NodeRole[], ...placeOf(nodeId, { firstBrokers, availability: availability as Cluster['availability'] }) });

const toBroker = (row: ClusterView, broker: BrokerView): Broker => ({
  ...nodeOf(row, broker), ports: portsOf(row, broker.nodeId), process: broker.process as BrokerProcessState, bundle: broker.bundle, restartNeeded: broker.restartNeeded,
});

export function toCluster(row: ClusterView, advertisedHost: string): Cluster {
  const brokers = row.brokers.map((broker) => toBroker(row, broker));
  const addresses = brokers.filter(({ roles }) => roles.includes('broker')).map(({ ports }) => `${advertisedHost}:${ports.external}`);
  return {
    id: row.id as Cluster['id'], organizationId: row.organizationId as Cluster['organizationId'], environmentId: row.environmentId as Cluster['environmentId'],
    displayName: row.displayName, availability: row.availability as Cluster['availability'], cloud: row.cloud as Cluster['cloud'], region: row.region,
    config: row.config as unknown as ClusterConfig, engine: toEngine(row), isPaused: row.isPaused, flushMode: row.flushMode as Cluster['flushMode'], diskLimitBytes: row.diskLimitBytes, deletionProtection: row.deletionProtection,
    kafkaClusterId: row.kafkaClusterId, phase: row.phase as ClusterPhase, failureReason: row.failureReason,
    generation: row.generation, observedGeneration: row.observedGeneration,
    bootstrapEndpoint: row.bootstrap ?? (addresses.length === 0 ? null : addresses.join(',')),
    brokers, createdAt: row.createdAt, updatedAt: row.updatedAt,
  };
}

export type RemoteClusterRow = rows.RemoteCluster & { cluster: { environmentId: string } };

export const toRemoteCluster = (row: RemoteClusterRow, living: ReadonlySet<string> = new Set(row.users)): RemoteCluster => ({
  clusterId: row.clusterId as RemoteCluster['clusterId'], organizationId: row.organizationId as RemoteCluster['organizationId'], environmentId: row.cluster.environmentId as RemoteCluster['environmentId'],
  connection: row.connection as unknown as RemoteCluster['connection'], sealed: row.sealed, findings: row.findings as unknown as RemoteCluster['findings'], users: row.users, leaving: row.users.filter((name) => !living.has(name)),
  testedAt: row.testedAt, createdAt: row.createdAt, updatedAt: row.updatedAt,
});

export type OperationRow = Omit<rows.Operation, 'generation'>;

export const toOperation = (row: OperationRow): Operation => ({
  id: row.id as Operation['id'], organizationId: row.organizationId as Operation['organizationId'], resourceId: row.resourceId,
  kind: row.kind as Operation['kind'], phase: row.phase as Operation['phase'], steps: row.steps as unknown as OperationStep[], reason: row.reason,
  requestedBy: row.requestedBy as Operation['requestedBy'], finishedAt: row.finishedAt, createdAt: row.createdAt, updatedAt: row.updatedAt,
});
