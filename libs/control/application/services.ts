import type {
  ApiKey, Caller, CheckedName, Cluster, ClusterConfigInput, ClusterId, ClusterInspection, CompiledNamingPolicy, EngineInput, EngineOffer, Environment, EnvironmentNamingPolicy, HealthSummary, NamingPolicyInput, NamingTemplate, Operation, Organization, OrganizationId, Page, PageRequest, RemoteCluster, Region, RoleBinding, RunningCluster, ServiceAccount, User,
} from '#libs/control/domain';
import type { AttachedClustersService } from './attached-clusters.service.js';
import type { SizingService } from './sizing.service.js';

/**
 * The use cases that façades call. Each authorises the caller, applies the rules and runs one transaction. Ids are the caller's text: one
 * that doesn't exist in the caller's organization is `resource_not_found`, whoever else may own it. Failures are ControlFailure, a database
 * that can't be reached is OperationalError. Fields left out of an update stay as they are.
 */
export interface OrganizationsService {
  list(caller: Caller, page: PageRequest): Promise<Page<Organization>>;
  get(caller: Caller, id: string): Promise<Organization>;
  update(caller: Caller, id: string, change: { displayName?: string; jitEnabled?: boolean }): Promise<Organization>;
  /** For a PlatformOperator: a new organization, its administrator and the administrator's cloud key, whose secret isn't shown again. */
  create(caller: Caller, input: { displayName: string; administratorEmail?: string }): Promise<NewOrganization>;
}

export interface NewOrganization { organization: Organization; administrator: User; apiKey: ApiKey; secret: string }

export interface EnvironmentsService {
  list(caller: Caller, page: PageRequest, filter?: { displayName?: string }): Promise<Page<Environment>>;
  get(caller: Caller, id: string): Promise<Environment>;
  create(caller: Caller, input: { displayName: string }): Promise<Environment>;
  update(caller: Caller, id: string, change: { displayName?: string }): Promise<Environment>;
  remove(caller: Caller, id: string): Promise<void>;
}

/** Rules for topic names, one set for an environment and all of its clusters. They judge creations; topics that exist stay as they are. */
export interface NamingPoliciesService {
  templates(caller: Caller, page: PageRequest): Promise<Page<NamingTemplate>>;
  /** Not found when the environment has none. */
  get(caller: Caller, environmentId: string): Promise<EnvironmentNamingPolicy>;
  /** Replaces the whole policy. Brokers know of it when this resolves, or as soon as they can be told. */
  set(caller: Caller, environmentId: string, input: NamingPolicyInput): Promise<EnvironmentNamingPolicy>;
  remove(caller: Caller, environmentId: string): Promise<void>;
  /** By the environment's policy, or by a draft that is tried out. `mode` doesn't matter here. */
  check(caller: Caller, environmentId: string, topicNames: readonly string[], draft?: NamingPolicyInput): Promise<{ policy: CompiledNamingPolicy; names: CheckedName[] }>;
}

export interface UsersService {
  list(caller: Caller, page: PageRequest): Promise<Page<User>>;
  get(caller: Caller, id: string): Promise<User>;
}

export interface ServiceAccountsService {
  list(caller: Caller, page: PageRequest, filter?: { displayName?: string }): Promise<Page<ServiceAccount>>;
  get(caller: Caller, id: string): Promise<ServiceAccount>;
  create(caller: Caller, input: { displayName: string; description?: string }): Promise<ServiceAccount>;
  update(caller: Caller, id: string, change: { displayName?: string; description?: string }): Promise<ServiceAccount>;
  /** Its keys and role bindings go with it, and are refused from then on. */
  remove(caller: Caller, id: string): Promise<void>;
}

export interface ApiKeysService {
  /** `ownerId` and `resourceId` are filters; `resourceId: 'cloud'` finds the cloud keys. */
  list(caller: Caller, page: PageRequest, filter?: { ownerId?: string; resourceId?: string }): Promise<Page<ApiKey>>;
  get(caller: Caller, id: string): Promise<ApiKey>;
  /** No resource, or `cloud`, makes a cloud key; `lkc-…` a cluster key, which the cluster's brokers accept when this resolves. */
  create(caller: Caller, input: { ownerId: string; resourceId?: string; environmentId?: string; displayName?: string; description?: string }): Promise<{ apiKey: ApiKey; secret: string }>;
  update(caller: Caller, id: string, change: { displayName?: string; description?: string }): Promise<ApiKey>;
  remove(caller: Caller, id: string): Promise<void>;
}

export interface RoleBindingsService {
  /** `crnPattern` finds the bindings at that scope, and with a trailing `/*` those below it as well. */
  list(caller: Caller, page: PageRequest, filter: { crnPattern: string; principal?: string; roleName?: string }): Promise<Page<RoleBinding>>;
  get(caller: Caller, id: string): Promise<RoleBinding>;
  /** `principal` is `User:sa-…` or `User:u-…`. */
  create(caller: Caller, input: { principal: string; roleName: string; crnPattern: string }): Promise<RoleBinding>;
  /** Answers what was removed. */
  remove(caller: Caller, id: string): Promise<RoleBinding>;
}

/** What the vendors' APIs have no place for. */
export interface SluiceClusterInput extends EngineInput { flushMode?: string; diskLimitBytes?: number }

export interface ClusterCreateInput {
  environmentId: string;
  displayName: string;
  cloud: string;
  region: string;
  /** Default SINGLE_ZONE. */
  availability?: string;
  /** Default Basic. */
  config?: ClusterConfigInput;
  deletionProtection?: boolean;
  sluice?: SluiceClusterInput;
}

export interface ClusterUpdateInput {
  displayName?: string;
  config?: ClusterConfigInput;
  deletionProtection?: boolean;
  sluice?: SluiceClusterInput;
  /** These can't change; given, they must be equal to what they are. */
  cloud?: string;
  region?: string;
  availability?: string;
}

export interface ClustersService {
  list(caller: Caller, page: PageRequest, filter: { environmentId: string; deletionProtection?: boolean }): Promise<Page<Cluster>>;
  /** `environmentId`, where given, must be the cluster's: else it isn't found. */
  get(caller: Caller, id: string, environmentId?: string): Promise<Cluster>;
  /** Answers in PROVISIONING; the reconciler does the rest. */
  create(caller: Caller, input: ClusterCreateInput): Promise<Cluster>;
  update(caller: Caller, id: string, environmentId: string, change: ClusterUpdateInput): Promise<Cluster>;
  remove(caller: Caller, id: string, environmentId?: string): Promise<void>;
  /** Restarts the nodes one after another, on the platform's current build; the phase stays. */
  restart(caller: Caller, id: string): Promise<Operation>;
  /** Stops its processes; data and ports stay, and it can be deleted. Paused already: `cluster_paused`. */
  pause(caller: Caller, id: string): Promise<Operation>;
  /** Not paused: `invalid_configuration`. */
  resume(caller: Caller, id: string): Promise<Operation>;
  /** Takes the node's data away and lets it begin anew from what the others have. Refused when nobody else has it, unless forced. */
  replaceBroker(caller: Caller, id: string, nodeId: number, options?: { force?: boolean }): Promise<Operation>;
  /** What it runs on and how it is, at this moment; the same for every engine. */
  inspect(caller: Caller, id: string): Promise<ClusterReport>;
}

/**
 * While an operation changes a cluster's nodes (scale, upgrade, pause, resume, replace-broker), and before it is first up, others than deletion and
 * a new name are refused as `operation_in_progress`, which names it; scale, upgrade, pause and replace-broker wait for no other either.
 */
export interface ClusterReport {
  cluster: Cluster;
  /** Null: the machine could not be asked; `problems` says why. */
  inspection: ClusterInspection | null;
  /** Null: the cluster could not be asked, or is paused. */
  health: HealthSummary | null;
  problems: string[];
  /** Those that run, the oldest first. */
  operations: Operation[];
}

/** What kinds of clusters can be had here. For every cloud key; the same for all. */
export interface EnginesService {
  offers(caller: Caller): EngineOffer[];
  /** `isAliased`: the first also serves names of regions that aren't in the list. */
  regions(caller: Caller): { regions: Region[]; isAliased: boolean };
}

export interface OperationsService {
  list(caller: Caller, page: PageRequest, filter?: { resourceId?: string }): Promise<Page<Operation>>;
  get(caller: Caller, id: string): Promise<Operation>;
}

/**
 * How a data-plane request reaches the brokers. `caller`: over connections opened with the caller's own key, the broker decides.
 * `platform`: the caller's role allows everything on this cluster, and the platform's internal principal carries it out.
 */
export interface DataPlaneAccess {
  clusterId: string;
  organizationId: OrganizationId;
  environmentId: string;
  kafkaClusterId: string;
  /** What clients are told, as `host:port[,host:port]`. */
  bootstrapEndpoint: string | null;
  /** On this machine's bind address; none of a remote cluster. */
  brokers: { nodeId: number; externalPort: number; internalPort: number }[];
  /** How a cluster that runs elsewhere is reached; null: it is one of the platform's own. */
  remote: RemoteCluster | null;
  as: { mode: 'caller'; username: string; password: string } | { mode: 'platform' };
}

export interface DataPlaneService {
  /** Those that the caller may look into, whether they answer at present or not, the oldest first: a cluster key's own, or those that a cloud key's roles reach. */
  clusters(caller: Caller): Promise<ClusterId[]>;
  /** Not found for a foreign cluster, forbidden without a role, `cluster_not_ready` while there are no brokers to ask. */
  access(caller: Caller, clusterId: string): Promise<DataPlaneAccess>;
  /** A key of this cluster that the caller may see: by role, or as its owner. Any other isn't found, whatever else it may be. */
  clusterKey(caller: Caller, access: DataPlaneAccess, keyId: string): Promise<ApiKey>;
  /** What topic names on this cluster must be; null when they are free. */
  namingPolicy(access: DataPlaneAccess): Promise<CompiledNamingPolicy | null>;
}

export interface AuthenticationService {
  /** Null for a key that isn't there, is deleted or has another secret: the caller can't tell which, by text or by time. */
  authenticate(given: { keyId: string; secret: string; requestId: string }): Promise<Caller | null>;
}

export interface AdministratorKey { organizationId: string; userId: string; apiKey: string; apiSecret: string }

export interface AdministrationService {
  /** First start: organization, user, cloud key with OrganizationAdmin and PlatformOperator. Null when that has been done before. */
  bootstrapAdministrator(): Promise<AdministratorKey | null>;
  /** A new key for the first administrator; the earlier one that the platform made ends. */
  rotateAdministratorKey(): Promise<AdministratorKey>;
  /** Whether this key is the first administrator's present one: an `admin.json` may be stale. */
  isAdministratorKey(keyId: string): Promise<boolean>;
}

export interface InstallationService {
  /** For a PlatformOperator: clusters in every organization whose brokers should answer, failed since or not, the first by id. */
  runningClusters(caller: Caller, limit: number): Promise<RunningCluster[]>;
}

export interface ControlServices {
  organizations: OrganizationsService;
  environments: EnvironmentsService;
  namingPolicies: NamingPoliciesService;
  users: UsersService;
  serviceAccounts: ServiceAccountsService;
  apiKeys: ApiKeysService;
  roleBindings: RoleBindingsService;
  clusters: ClustersService;
  engines: EnginesService;
  attachedClusters: AttachedClustersService;
  operations: OperationsService;
  dataPlane: DataPlaneService;
  authentication: AuthenticationService;
  administration: AdministrationService;
  installation: InstallationService;
  sizing: SizingService;
}
