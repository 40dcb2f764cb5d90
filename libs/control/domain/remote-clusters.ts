/**
 * Clusters of somebody else's that an operator has brought under the platform's roof: how they are reached, what was found by asking them, and the port to
 * whoever may ask. Nothing of theirs is started or stopped from here.
 */
import type { DriverCapabilities } from './cluster-driver.js';
import type { ClusterId, EnvironmentId, OrganizationId } from './ids.js';

export const remoteProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
export type RemoteProtocol = (typeof remoteProtocols)[number];

export const remoteMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export type RemoteMechanism = (typeof remoteMechanisms)[number];

/** An IPv6 address stands without brackets. */
export interface HostPort { host: string; port: number }
export const hostPortText = ({ host, port }: HostPort): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** How the platform comes in; none of it is secret. */
export interface RemoteConnection {
  bootstrap: readonly HostPort[];
  protocol: RemoteProtocol;
  /** Null without a login by SASL. */
  mechanism: RemoteMechanism | null;
  username: string | null;
  /** What the brokers' certificates are checked against; null: the authorities that this machine trusts. */
  caPem: string | null;
  /** The platform's, where the cluster asks for one. */
  certificatePem: string | null;
}

export interface RemoteSecrets { password: string | null; keyPem: string | null }

/** What a Kafka client comes in with. Null `tls` or `sasl`: without. */
export interface RemoteLogin {
  tls: { caPem: string | null; serverName: null; certPem?: string; keyPem?: string } | null;
  sasl: { mechanism: RemoteMechanism; username: string; password: string } | null;
}

export interface RemoteBroker { nodeId: number; host: string; port: number; rack: string | null }

/** As the cluster answered when it was last tested. */
export interface RemoteFindings {
  kafkaClusterId: string;
  brokers: readonly RemoteBroker[];
  /** Mechanisms that its listener takes. */
  mechanisms: readonly string[];
  /** Finalized features with their levels; none of a cluster that has no such thing. */
  features: Readonly<Record<string, number>>;
  capabilities: DriverCapabilities;
  /** For each capability that it lacks and that is worth a word: why. */
  reasons: Readonly<Partial<Record<'keys' | 'scramUsers' | 'transactions' | 'acls', string>>>;
  acls: boolean;
  /** By which API keys log in; null: there are none. */
  keyMechanism: Exclude<RemoteMechanism, 'PLAIN'> | null;
}

/** What is kept of one. `sealed` can be opened by the platform alone. */
export interface RemoteCluster {
  clusterId: ClusterId;
  organizationId: OrganizationId;
  environmentId: EnvironmentId;
  connection: RemoteConnection;
  sealed: string;
  findings: RemoteFindings;
  /** Users that the platform has made in the cluster for API keys, or is about to make. */
  users: readonly string[];
  /** Of these the ones whose keys are no more: they are to be taken out of the cluster. */
  leaving: readonly string[];
  testedAt: Date;
  createdAt: Date;
  updatedAt: Date;
}

export interface RemoteBrokerState extends RemoteBroker { isReachable: boolean; reason: string | null }

export interface RemoteUsersRemoved { removed: string[]; left: string[]; reason: string | null }

/** Whoever may connect to other people's clusters: judges each address, keeps the secrets closed. */
export interface RemoteClusters {
  /** Of the driver that looks after them. */
  readonly engine: string;
  /** Connects to every bootstrap and every advertised address. Throws ControlFailure `remote_…`, each with what to do about it. */
  probe(connection: RemoteConnection, secrets: RemoteSecrets): Promise<RemoteFindings>;
  seal(clusterId: string, secrets: RemoteSecrets): string;
  open(remote: Pick<RemoteCluster, 'clusterId' | 'sealed'>): RemoteSecrets;
  /** As the platform's own principal there. */
  loginOf(remote: RemoteCluster): RemoteLogin;
  /** As it was seen last; empty when it hasn't been yet. */
  brokers(clusterId: string): readonly RemoteBrokerState[];
  /** Takes the platform's users out of the cluster, as far as it can be reached. Never rejects. */
  removeUsers(clusterId: string): Promise<RemoteUsersRemoved>;
}
