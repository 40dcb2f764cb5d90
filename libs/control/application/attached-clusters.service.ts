/** Clusters that run elsewhere, brought under the platform's roof. An operator's call: it is the operator who says where the platform may connect to. */
import {
  controlLimits, ControlFailure, newClusterId, notFound, parseCloud, parsePage, REGION_NAME, toPage,
  type Caller, type Cluster, type Environment, type OrganizationId, type Page, type PageRequest, type RemoteBrokerState, type RemoteCluster, type RemoteClusters, type RemoteFindings, type RemoteUsersRemoved,
} from '#libs/control/domain';
import { changeRemote, parseRemote, type RemoteInput } from './attached-clusters.rules.js';
import { asCaller } from './authorization.js';
import { findCluster, startOperation, targetOf } from './cluster-access.js';
import type { ControlDeps } from './deps.js';
import { displayName as checkName, withinQuota } from './input.rules.js';
import type { NewCluster, TenantTransaction } from './store.js';

export interface AttachInput extends RemoteInput {
  organizationId: string;
  environmentId: string;
  displayName: string;
  /** Where it runs, in words of the vendor's API; for show. */
  cloud?: string;
  region?: string;
}

export interface AttachedCluster { cluster: Cluster; remote: RemoteCluster; /** As they were seen last. */ brokers: readonly RemoteBrokerState[] }

export interface AttachedClustersService {
  /** For a PlatformOperator those of every organization; for others those that their roles let them read. */
  list(caller: Caller, page: PageRequest): Promise<Page<AttachedCluster>>;
  get(caller: Caller, id: string): Promise<AttachedCluster>;
  /** Tests it first, and throws `remote_…` for what is in the way. The cluster is provisioned when this resolves. */
  attach(caller: Caller, input: AttachInput): Promise<AttachedCluster>;
  /** Tests what it will be before it is that. It must still be the same cluster. */
  update(caller: Caller, id: string, change: RemoteInput): Promise<AttachedCluster>;
  /** Of the cluster itself nothing is taken away but the users that the platform made for API keys. */
  detach(caller: Caller, id: string): Promise<RemoteUsersRemoved>;
}

const OPERATE = 'platform.operate';

export function createAttachedClustersService(deps: ControlDeps): AttachedClustersService {
  const { store, signal } = deps;
  const remotes = (): RemoteClusters => {
    if (!deps.remotes) throw new ControlFailure('engine_unavailable', 'this platform can\'t manage clusters that run elsewhere');
    return deps.remotes;
  };
  const present = (cluster: Cluster, remote: RemoteCluster): AttachedCluster => ({ cluster, remote, brokers: deps.remotes?.brokers(cluster.id) ?? [] });

  /** The operator finds everybody's; others what is theirs, which they may look at. */
  async function find(caller: Caller, id: string, how: 'read' | 'operate'): Promise<AttachedCluster> {
    const missing = (): ControlFailure => notFound('attached cluster', id);
    const own = await asCaller(deps, caller, async (tx, actor) => {
      if (actor.may(OPERATE)) return null;
      const [cluster, remote] = [await tx.clusters.get(id), await tx.remoteClusters.get(id)];
      if (!cluster || !remote) throw missing();
      actor.require('cluster.read', targetOf(cluster));
      if (how === 'operate') actor.require(OPERATE);
      return present(cluster, remote);
    });
    if (own) return own;
    const remote = await store.system.remoteCluster(id);
    const cluster = remote && await store.tenant(remote.organizationId, (tx) => tx.clusters.get(id));
    if (!remote || !cluster) throw missing();
    return present(cluster, remote);
  }

  const audited = (caller: Caller, action: string, id: string): Promise<void> => asCaller(deps, caller, async (_tx, actor) => {
    actor.require(OPERATE);
    await actor.audit(action, id);
  });
  const auditIn = (tx: TenantTransaction, { principalId, keyId, requestId }: Caller, action: string, resourceId: string): Promise<void> => tx.audit({ principalId, keyId, action, resourceId, requestId });

  return {
    async list(caller, page) {
      const window = parsePage(page);
      const own = await asCaller(deps, caller, async (tx, actor) => (actor.may(OPERATE) ? null : tx.remoteClusters.list(window, actor.sees('cluster.read'))));
      const { rows, total } = own ?? await store.system.remoteClusters(window);
      const paged = toPage(window, rows.map((row) => ({ ...row, id: row.cluster.id, createdAt: row.remote.createdAt })), total);
      return { ...paged, items: paged.items.map(({ cluster, remote }) => present(cluster, remote)) };
    },
    get: (caller, id) => find(caller, id, 'read'),
    async attach(caller, input) {
      await asCaller(deps, caller, async (_tx, actor) => { actor.require(OPERATE); });
      const { connection, secrets } = parseRemote(input);
      checkName(input.displayName, '/display_name');
      const organizationId = input.organizationId as OrganizationId;
      const environmentOf = async (tx: TenantTransaction): Promise<Environment> => {
        const environment = await tx.environments.get(input.environmentId);
        if (!environment) throw notFound('environment', input.environmentId);
        return environment;
      };
      await store.tenant(organizationId, environmentOf);
      const findings = await remotes().probe(connection, secrets);
      await checkUnmanaged(deps, findings);
      const row = newRow(input, findings, remotes().engine);
      await audited(caller, 'cluster.attach', row.id);
      await store.tenant(organizationId, async (tx) => {
        await tx.organizations.lock();
        const environment = await environmentOf(tx);
        withinQuota(await tx.clusters.count({}), controlLimits.clustersPerOrganizationMax, 'Kafka clusters in this organization');
        const cluster = await tx.clusters.insert({ ...row, environmentId: environment.id });
        await tx.remoteClusters.insert({ clusterId: cluster.id, connection, sealed: remotes().seal(cluster.id, secrets), findings });
        await auditIn(tx, caller, 'cluster.attach', cluster.id);
      });
      signal.wake(row.id);
      return find(caller, row.id, 'operate');
    },
    async update(caller, id, change) {
      const { remote } = await find(caller, id, 'operate');
      const { connection, secrets } = changeRemote({ connection: remote.connection, secrets: bringsSecrets(remote.connection, change) ? noSecrets : remotes().open(remote) }, change);
      const findings = await remotes().probe(connection, secrets);
      const pinned = remote.findings.kafkaClusterId;
      if (findings.kafkaClusterId !== pinned) {
        throw new ControlFailure('remote_other_cluster', `these are addresses of another cluster: its id is ${findings.kafkaClusterId}, and ${pinned} is attached; attach the other one by itself`, { source: { pointer: '/bootstrap_servers' } });
      }
      await audited(caller, 'cluster.reattach', id);
      await store.tenant(remote.organizationId, async (tx) => {
        await findCluster(tx, id, undefined, 'change');
        await tx.remoteClusters.update(remote.clusterId, { connection, sealed: remotes().seal(id, secrets), findings });
        await auditIn(tx, caller, 'cluster.reattach', id);
      });
      signal.wake(id);
      return find(caller, id, 'operate');
    },
    async detach(caller, id) {
      const { cluster, remote } = await find(caller, id, 'operate');
      if (cluster.deletionProtection) throw new ControlFailure('deletion_protected', `the Kafka cluster ${id} is protected from deletion; set deletion_protection to false first`);
      await audited(caller, 'cluster.detach', id);
      await store.tenant(remote.organizationId, async (tx) => {
        const found = await findCluster(tx, id, undefined, 'change');
        await tx.apiKeys.removeOfCluster(found.id);
        await tx.clusters.markDeleted(found.id);
        await startOperation(tx, caller, { ...found, generation: found.generation + 1 }, 'cluster.delete');
        await auditIn(tx, caller, 'cluster.detach', id);
      });
      const users = await remotes().removeUsers(id);
      signal.wake(id);
      return users;
    },
  };
}

const noSecrets = { password: null, keyPem: null };
/** Secrets that can't be opened any more don't stand in the way of new ones. */
const bringsSecrets = ({ username, certificatePem }: RemoteCluster['connection'], { password, keyPem }: RemoteInput): boolean => (username === null || password !== undefined) && (certificatePem === null || keyPem !== undefined);

/** One cluster under two roofs would have its topics and users managed by two that don't know of each other. */
async function checkUnmanaged({ store }: ControlDeps, { kafkaClusterId }: RemoteFindings): Promise<void> {
  const known = await store.system.clusterOfKafka(kafkaClusterId);
  if (known !== null) throw new ControlFailure('resource_already_exists', `the cluster ${kafkaClusterId} is managed by this platform already, as ${known}`, { conflictingId: known });
}

function newRow({ displayName, cloud, region }: AttachInput, { kafkaClusterId, brokers }: RemoteFindings, engine: string): Omit<NewCluster, 'environmentId'> {
  if (region !== undefined && !REGION_NAME.test(region)) throw new ControlFailure('invalid_region', 'region must be 1 to 64 characters of a-z, A-Z, 0-9, ".", "_" and "-"', { source: { pointer: '/region' } });
  return {
    id: newClusterId(), displayName, availability: new Set(brokers.map(({ rack }) => rack).filter((rack) => rack !== null)).size > 1 ? 'MULTI_ZONE' : 'SINGLE_ZONE', cloud: parseCloud(cloud ?? 'AWS'), region: region ?? engine,
    config: { kind: 'Basic' }, engine: { engine, version: null, brokers: 0, controllers: 0, heapMb: null, configs: {} }, flushMode: 'os', diskLimitBytes: null, deletionProtection: false,
    kafkaClusterId, phaseDeadlineAt: new Date(),
  };
}
