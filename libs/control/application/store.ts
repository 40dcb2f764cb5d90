import type {
  ApiKey, ApiKeyId, BindableRole, Cluster, ClusterConfig, ClusterId, Environment, EnvironmentId, EnvironmentNamingPolicy, Grant, NamingPolicy, Operation, OperationId, OperationKind, Organization,
  OrganizationId, PageWindow, PrincipalId, PrincipalsFile, RemoteCluster, Role, RoleBinding, RoleBindingId, RunningCluster, ServiceAccount, ServiceAccountId, User, UserId, Verifiers, Visibility,
  Availability, Cloud, EngineSpec, FlushMode,
} from '#libs/control/domain';

/**
 * What the use cases ask of the store. A tenant transaction sees the rows of one organization and of no other, whatever it asks for; the
 * few look-ups that come before a tenant is known stand in SystemReads. Work that throws leaves nothing behind. The work may be run again
 * from its start after a conflict with another transaction, so it must have no effect but through `tx`.
 */
export interface Store {
  tenant<T>(organizationId: OrganizationId, work: (tx: TenantTransaction) => Promise<T>): Promise<T>;
  readonly system: SystemReads;
}

export interface SystemReads {
  findKey(keyId: string): Promise<StoredKey | null>;
  operatorOrganization(): Promise<OrganizationId | null>;
  /** Of all tenants, in the order of their ids. */
  runningClusters(limit: number): Promise<RunningCluster[]>;
  /** Whoever's it is, and one that is being deleted too. */
  remoteCluster(clusterId: string): Promise<RemoteCluster | null>;
  /** Of all tenants. */
  remoteClusters(window: PageWindow): Promise<Listed<RemoteListed>>;
  /** Id of the cluster that has this id of Kafka's, whoever's it is. */
  clusterOfKafka(kafkaClusterId: string): Promise<string | null>;
}

export interface StoredKey { id: ApiKeyId; organizationId: OrganizationId; ownerId: PrincipalId; clusterId: ClusterId | null; secretSha256: string }

/** Up to one more than the window's limit, and how many there are (counted up to one beyond the limit of totals). */
export interface Listed<T> { rows: T[]; total: number }

export interface TenantTransaction {
  readonly organizations: OrganizationRepository;
  readonly environments: EnvironmentRepository;
  readonly users: UserRepository;
  readonly serviceAccounts: ServiceAccountRepository;
  readonly apiKeys: ApiKeyRepository;
  readonly roleBindings: RoleBindingRepository;
  readonly clusters: ClusterRepository;
  readonly operations: OperationRepository;
  readonly namingPolicies: NamingPolicyRepository;
  readonly remoteClusters: RemoteClusterRepository;
  audit(event: { principalId: string; keyId: string; action: string; resourceId: string; requestId: string }): Promise<void>;
}

export interface OrganizationRepository {
  get(): Promise<Organization | null>;
  /** Holds back every other creation in the organization, and the deletion of what creations refer to, until the end of the transaction: names, quotas and owners are checked behind it. */
  lock(): Promise<void>;
  insert(row: { displayName: string; isOperator: boolean }): Promise<Organization>;
  update(change: { displayName?: string; jitEnabled?: boolean }): Promise<Organization>;
}

export interface EnvironmentRepository {
  list(window: PageWindow, filter: { displayName?: string; ids?: readonly string[] }): Promise<Listed<Environment>>;
  get(id: string): Promise<Environment | null>;
  findByName(displayName: string): Promise<Environment | null>;
  count(): Promise<number>;
  insert(row: { id: EnvironmentId; displayName: string }): Promise<Environment>;
  update(id: EnvironmentId, change: { displayName?: string }): Promise<Environment>;
  /** Role bindings on it go at once; the row itself when the last cluster that is still being taken away has gone. */
  remove(id: EnvironmentId): Promise<void>;
}

/** One at most for an environment. */
export interface NamingPolicyRepository {
  get(environmentId: string): Promise<EnvironmentNamingPolicy | null>;
  put(environmentId: EnvironmentId, policy: NamingPolicy): Promise<EnvironmentNamingPolicy>;
  remove(environmentId: EnvironmentId): Promise<void>;
}

export interface UserRepository {
  list(window: PageWindow, filter: { ids?: readonly string[] }): Promise<Listed<User>>;
  get(id: string): Promise<User | null>;
  first(): Promise<User | null>;
  insert(row: { id: UserId; email: string; fullName: string; isFirst: boolean }): Promise<User>;
}

export interface ServiceAccountRepository {
  list(window: PageWindow, filter: { displayName?: string; ids?: readonly string[] }): Promise<Listed<ServiceAccount>>;
  get(id: string): Promise<ServiceAccount | null>;
  findByName(displayName: string): Promise<ServiceAccount | null>;
  count(): Promise<number>;
  insert(row: { id: ServiceAccountId; displayName: string; description: string }): Promise<ServiceAccount>;
  update(id: ServiceAccountId, change: { displayName?: string; description?: string }): Promise<ServiceAccount>;
  remove(id: ServiceAccountId): Promise<void>;
}

/** Null: every key. Otherwise the principal's own keys and those of the clusters that it administers. */
export type KeyVisibility = { principalId: PrincipalId; clusters: Visibility } | null;

export interface ApiKeyRepository {
  list(window: PageWindow, filter: { ownerId?: string; resourceId?: string; visibility: KeyVisibility }): Promise<Listed<ApiKey>>;
  get(id: string): Promise<ApiKey | null>;
  count(filter: { clusterId?: ClusterId }): Promise<number>;
  insert(row: { id: ApiKeyId; ownerId: PrincipalId; clusterId: ClusterId | null; displayName: string; description: string; verifiers: Verifiers; isBootstrap?: boolean }): Promise<ApiKey>;
  update(id: ApiKeyId, change: { displayName?: string; description?: string }): Promise<ApiKey>;
  remove(id: ApiKeyId): Promise<void>;
  /** Answers the clusters whose brokers knew one of them. */
  removeOfOwner(ownerId: PrincipalId): Promise<ClusterId[]>;
  removeOfCluster(clusterId: ClusterId): Promise<void>;
  removeBootstrap(ownerId: PrincipalId): Promise<void>;
  isBootstrap(id: string): Promise<boolean>;
}

export interface RoleBindingFilter {
  environmentId: string | null;
  clusterId: string | null;
  /** Everything below the scope too. */
  within: boolean;
  principalId?: string;
  roleName?: string;
  /** What the caller may see beside its own bindings. */
  visibility: { principalId: PrincipalId; scopes: Visibility };
}

export interface RoleBindingRepository {
  grantsOf(principalId: string): Promise<Grant[]>;
  list(window: PageWindow, filter: RoleBindingFilter): Promise<Listed<RoleBinding>>;
  get(id: string): Promise<RoleBinding | null>;
  find(principalId: string, roleName: Role, scope: { environmentId: string | null; clusterId: string | null }): Promise<RoleBinding | null>;
  count(filter: { roleName?: BindableRole }): Promise<number>;
  insert(row: { id: RoleBindingId; principalId: PrincipalId; roleName: Role; environmentId: EnvironmentId | null; clusterId: ClusterId | null }): Promise<RoleBinding>;
  remove(id: RoleBindingId): Promise<void>;
  /** Answers what they were, for the clusters in their scopes. */
  removeOfPrincipal(principalId: PrincipalId): Promise<Grant[]>;
}

export interface NewCluster {
  id: ClusterId;
  environmentId: EnvironmentId;
  displayName: string;
  availability: Availability;
  cloud: Cloud;
  region: string;
  config: ClusterConfig;
  engine: EngineSpec;
  flushMode: FlushMode;
  diskLimitBytes: number | null;
  deletionProtection: boolean;
  kafkaClusterId: string;
  phaseDeadlineAt: Date;
}

export interface ClusterChange { displayName?: string; config?: ClusterConfig; engine?: EngineSpec; isPaused?: boolean; flushMode?: FlushMode; diskLimitBytes?: number | null; deletionProtection?: boolean }

export interface ClusterRepository {
  list(window: PageWindow, filter: { environmentId: string; deletionProtection?: boolean; visibility: Visibility }): Promise<Listed<Cluster>>;
  /** Of all environments, the oldest first: as many at most as an organization may have. */
  ids(visibility: Visibility): Promise<ClusterId[]>;
  /** Not one that is being deleted. */
  get(id: string): Promise<Cluster | null>;
  /** As `get`, and nobody else changes it until the end of the transaction. */
  getForUpdate(id: string): Promise<Cluster | null>;
  count(filter: { environmentId?: string }): Promise<number>;
  insert(row: NewCluster): Promise<Cluster>;
  /** Answers the new generation; it grows when `reconcile` says that the brokers are concerned. */
  update(id: ClusterId, change: ClusterChange, reconcile: boolean): Promise<Cluster>;
  requestRestart(id: ClusterId): Promise<Cluster>;
  /** The node is to begin anew. */
  replaceBroker(id: ClusterId, nodeId: number, isForced: boolean): Promise<Cluster>;
  markDeleted(id: ClusterId): Promise<void>;
  /** To be called in the transaction that changes keys or bindings, for the clusters in the scope: answers those with brokers to tell at once. */
  principalsChanged(scope: { environmentId: string | null; clusterId: string | null }): Promise<ClusterId[]>;
  /** Keys and grants as of one moment, with the sequence of that moment; null when there is no such cluster. */
  principals(id: string): Promise<{ engine: string; file: PrincipalsFile } | null>;
  principalsApplied(id: string, sequence: number): Promise<void>;
}

export interface RemoteListed { remote: RemoteCluster; cluster: Cluster }

export interface RemoteClusterRepository {
  list(window: PageWindow, visibility: Visibility): Promise<Listed<RemoteListed>>;
  get(clusterId: string): Promise<RemoteCluster | null>;
  /** Beside the cluster's own row, in the transaction that makes that: it is provisioned at once, since it is there already. */
  insert(row: Pick<RemoteCluster, 'clusterId' | 'connection' | 'sealed' | 'findings'>): Promise<void>;
  /** As it was found again; the cluster is looked at at once. */
  update(clusterId: ClusterId, change: Pick<RemoteCluster, 'connection' | 'sealed' | 'findings'>): Promise<void>;
  /** Before it is made there, so that it is known whatever happens in between. */
  addUser(clusterId: ClusterId, name: string): Promise<void>;
  usersGone(clusterId: ClusterId, names: readonly string[]): Promise<void>;
}

export interface OperationRepository {
  list(window: PageWindow, filter: { resourceId?: string; visibility: Visibility }): Promise<Listed<Operation>>;
  get(id: string): Promise<Operation | null>;
  insert(row: { id: OperationId; resourceId: string; kind: OperationKind; requestedBy: PrincipalId; generation: number }): Promise<Operation>;
  /** Of a resource, the oldest first. */
  running(resourceId: string): Promise<Operation[]>;
  /** Which environment the resource is or was in, for authorisation; null when it isn't known any more. */
  environmentOf(resourceId: string): Promise<EnvironmentId | null>;
}
