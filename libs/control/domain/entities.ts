import type { ApiKeyId, ClusterId, EnvironmentId, OperationId, OrganizationId, PrincipalId, RoleBindingId, ServiceAccountId, UserId } from './ids.js';
import type { BrokerPorts, BrokerProcessState, NodeRole } from './cluster-driver.js';
import type { EngineSpec } from './engines.js';
import type { ClusterPhase } from './cluster.states.js';
import type { Availability, Cloud, ClusterConfig, FlushMode } from './cluster-config.js';
import type { BindableRole } from './roles.js';
import type { NamingPolicy } from '#libs/naming';

/** What the platform owns, in its own words. No shape of a vendor's API, no row of a table. */
interface Stamped { createdAt: Date; updatedAt: Date }

export interface Organization extends Stamped { id: OrganizationId; displayName: string; jitEnabled: boolean }

export interface Environment extends Stamped { id: EnvironmentId; organizationId: OrganizationId; displayName: string }

/** The rules that an environment has for its topics' names; they hold in all of its clusters. */
export interface EnvironmentNamingPolicy extends Stamped { environmentId: EnvironmentId; organizationId: OrganizationId; policy: NamingPolicy }

export interface User extends Stamped { id: UserId; organizationId: OrganizationId; email: string; fullName: string; authType: 'AUTH_TYPE_LOCAL' | 'AUTH_TYPE_SSO' }

export interface ServiceAccount extends Stamped { id: ServiceAccountId; organizationId: OrganizationId; displayName: string; description: string }

/** Without its secret and its verifiers: neither leaves the store this way. */
export interface ApiKey extends Stamped {
  id: ApiKeyId;
  organizationId: OrganizationId;
  ownerId: PrincipalId;
  displayName: string;
  description: string;
  /** Null: a cloud key. */
  resource: { clusterId: ClusterId; environmentId: EnvironmentId } | null;
}

export interface RoleBinding extends Stamped {
  id: RoleBindingId;
  organizationId: OrganizationId;
  principalId: PrincipalId;
  roleName: BindableRole;
  /** As given, in its canonical form. */
  crnPattern: string;
  environmentId: EnvironmentId | null;
  clusterId: ClusterId | null;
}

/** One of a cluster's nodes, those that are controllers only among them. */
export interface Broker {
  nodeId: number;
  roles: readonly NodeRole[];
  rack: string | null;
  ports: BrokerPorts;
  process: BrokerProcessState;
  bundle: string | null;
  /** Configuration that the process hasn't taken up yet: it needs a restart. */
  restartNeeded: boolean;
}

export interface Cluster extends Stamped {
  id: ClusterId;
  organizationId: OrganizationId;
  environmentId: EnvironmentId;
  displayName: string;
  availability: Availability;
  cloud: Cloud;
  /** As the caller named it. */
  region: string;
  config: ClusterConfig;
  engine: EngineSpec;
  flushMode: FlushMode;
  /** Null: none. */
  diskLimitBytes: number | null;
  deletionProtection: boolean;
  /** Its brokers are stopped, on somebody's wish; what they hold is kept. */
  isPaused: boolean;
  kafkaClusterId: string;
  phase: ClusterPhase;
  /** Why the phase is FAILED. */
  failureReason: string | null;
  generation: number;
  observedGeneration: number;
  /** `host:port[,host:port]` for clients; null until the ports are allocated. */
  bootstrapEndpoint: string | null;
  brokers: Broker[];
}

/** What it takes to reach a cluster's brokers as the platform, and to say whose it is. */
export interface RunningCluster {
  clusterId: ClusterId;
  organizationId: OrganizationId;
  environmentId: EnvironmentId;
  displayName: string;
  brokers: { nodeId: number; externalPort: number; internalPort: number }[];
}

export const operationKinds = ['cluster.create', 'cluster.update', 'cluster.restart', 'cluster.scale', 'cluster.upgrade', 'cluster.pause', 'cluster.resume', 'cluster.replace-broker', 'cluster.delete'] as const;
export type OperationKind = (typeof operationKinds)[number];
export type OperationPhase = 'RUNNING' | 'SUCCEEDED' | 'FAILED';

/** `progress`: how far it is, in words, where that can be told. */
export interface OperationStep { name: string; phase: OperationPhase; startedAt: string; finishedAt: string | null; reason: string | null; progress?: string }

export interface Operation extends Stamped {
  id: OperationId;
  organizationId: OrganizationId;
  resourceId: string;
  kind: OperationKind;
  phase: OperationPhase;
  steps: OperationStep[];
  reason: string | null;
  requestedBy: PrincipalId;
  finishedAt: Date | null;
}
