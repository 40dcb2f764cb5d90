// What can be asked of the platform, which crash points lie on the way, and what must be true afterwards. Every point of the registry belongs to at least one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { query } from './leftovers.mjs';

/** The answer may be lost with the platform that would have given it. */
export const evenIfLost = (request) => request.catch((error) => { if (!/fetch failed|terminated|other side closed/.test(`${error.message} ${error.cause?.message}`)) throw error; });

const url = (cluster, environment) => `/cmk/v2/clusters/${cluster.id}?environment=${environment.id}`;

export async function findByName(platform, environment, name) {
  const { data } = await platform.call('GET', `/cmk/v2/clusters?environment=${environment.id}&page_size=100`);
  return data.filter((cluster) => cluster.spec.display_name === name);
}

const keysOnDisk = (platform, cluster) => JSON.parse(readFileSync(join(platform.home, 'clusters', cluster.id, 'node-1', 'principals.json'), 'utf8')).keys.map((key) => key.id);
const keysOf = async (platform, cluster) => (await platform.call('GET', `/iam/v2/api-keys?spec.resource=${cluster.id}&page_size=100`)).data.map((key) => key.id);

/** Whether the operations that were asked for have ended well; their rows outlive the answer. */
async function lastOperation(platform, cluster, kind) {
  const [row] = await query(platform, 'SELECT phase FROM operation WHERE resource_id = $1 AND kind = $2 ORDER BY created_at DESC LIMIT 1', [cluster.id, kind]);
  return row?.phase ?? null;
}

/** A cluster that was asked for and whose time is over before its broker was ever started. The platform is dead afterwards. */
async function neverStarted(show, name) {
  await show.startCrashing('start-broker.before');
  await evenIfLost(show.platform.clusterRequest(show.environment, name));
  await show.death();
  const [cluster] = await query(show.platform, 'UPDATE cluster SET phase_deadline_at = now() WHERE display_name = $1 RETURNING id', [name]);
  return cluster;
}

/** What only clusters of several nodes do, or those whose settings and version change: `libs/persistence/life-cycle.spec.ts` crashes there. */
export const ofSeveralNodes = /^(stop-together|apply-configs|update-features|plan-moves|move-partitions|elect-leaders|mark-balanced|unregister-broker|remove-broker|forget-broker|mark-replaced|remove-voter|mark-cleared|add-voter|mark-joined|mark-roles)\./;

/** A start writes the files of the standing cluster anew: the second time is the one that was asked for. */
export const passOf = (point) => (point.startsWith('prepare.') ? `${point}:2` : point);

/**
 * `prepare` runs on a sound platform and answers the cluster in question; `ask` on one that will die; `fulfilled` on the next one, until it
 * answers true. `there`: whether the cluster is a cluster with a broker afterwards.
 */
export const scenarios = {
  create: {
    effects: ['allocate-ports', 'prepare', 'apply-principals', 'start-broker', 'mark-provisioned'], there: true,
    prepare: async (_show, name) => ({ name }),
    ask: (show, { name }) => show.platform.clusterRequest(show.environment, name),
    fulfilled: async (show, made) => {
      const found = await findByName(show.platform, show.environment, made.name);
      if (found.length !== 1) throw new Error(`${found.length} clusters are called ${made.name}`);
      return Object.assign(made, found[0]).status.phase === 'PROVISIONED';
    },
  },
  restart: {
    effects: ['stop-broker', 'start-broker'], there: true, standing: true,
    prepare: async (show) => show.standing,
    ask: (show, cluster) => show.platform.call('POST', `/sluice/v1/clusters/${cluster.id}:restart`),
    fulfilled: async (show, cluster) => await lastOperation(show.platform, cluster, 'cluster.restart') === 'SUCCEEDED',
  },
  update: {
    // The files are written by the same step as in a creation; here a start, which writes them too, might come first or take this one along.
    effects: ['stop-broker', 'start-broker', 'mark-provisioned'], there: true, standing: true,
    prepare: async (show) => show.standing,
    ask: async (show, cluster) => {
      const found = await show.platform.call('GET', url(cluster, show.environment));
      const flushMode = found.spec.config.sluice?.flushMode === 'os' ? 'ack' : 'os';
      await show.platform.call('PATCH', url(cluster, show.environment), { spec: { config: { kind: 'Basic', sluice: { flushMode } }, environment: { id: show.environment.id } } });
    },
    fulfilled: async (show, cluster) => await lastOperation(show.platform, cluster, 'cluster.update') === 'SUCCEEDED',
  },
  pause: {
    effects: ['mark-paused'], there: true, standing: true,
    prepare: async (show) => show.standing,
    ask: (show, cluster) => show.platform.call('POST', `/sluice/v1/clusters/${cluster.id}:pause`),
    fulfilled: async (show, cluster) => {
      if (await lastOperation(show.platform, cluster, 'cluster.pause') !== 'SUCCEEDED') return false;
      await show.platform.call('POST', `/sluice/v1/clusters/${cluster.id}:resume`);
      await show.until('the standing cluster is resumed', async () => await lastOperation(show.platform, cluster, 'cluster.resume') === 'SUCCEEDED');
      return true;
    },
  },
  delete: {
    effects: ['remove', 'forget'], there: false,
    prepare: (show, name) => show.platform.cluster(show.environment, name),
    ask: (show, cluster) => show.platform.call('DELETE', url(cluster, show.environment)),
    fulfilled: async (show, cluster) => await lastOperation(show.platform, cluster, 'cluster.delete') === 'SUCCEEDED',
  },
  'give up': {
    effects: ['mark-failed'], there: false, duringStart: true,
    prepare: neverStarted,
    ask: async () => undefined,
    fulfilled: async (show, cluster) => {
      const found = await show.platform.call('GET', url(cluster, show.environment));
      if (found.status.phase !== 'FAILED') return false;
      await show.platform.call('DELETE', url(cluster, show.environment));
      return true;
    },
  },
  'try again': {
    effects: ['retry-provisioning'], there: true,
    prepare: async (show, name) => {
      const cluster = await neverStarted(show, name);
      await show.start();
      await show.until(`FAILED ${cluster.id}`, async () => (await show.platform.call('GET', url(cluster, show.environment))).status.phase === 'FAILED');
      return cluster;
    },
    ask: (show, cluster) => show.platform.call('POST', `/sluice/v1/clusters/${cluster.id}:restart`),
    fulfilled: async (show, cluster) => Object.assign(cluster, await show.platform.call('GET', url(cluster, show.environment))).status.phase === 'PROVISIONED',
  },
  'make a key': {
    effects: ['publish-principals'], there: true, standing: true,
    prepare: async (show) => Object.assign(show.standing, { keysBefore: await keysOf(show.platform, show.standing) }),
    ask: (show, cluster) => show.platform.clusterKey(cluster, show.environment, show.platform.admin.userId),
    fulfilled: async (show, cluster) => {
      const made = (await keysOf(show.platform, cluster)).filter((id) => !cluster.keysBefore.includes(id));
      if (made.length !== 1) throw new Error(`${made.length} keys were made`);
      return keysOnDisk(show.platform, cluster).includes(made[0]);
    },
  },
  'revoke a key': {
    effects: ['publish-principals'], there: true, standing: true,
    prepare: async (show) => Object.assign(show.standing, { revoked: (await keysOf(show.platform, show.standing))[0] }),
    ask: (show, cluster) => show.platform.call('DELETE', `/iam/v2/api-keys/${cluster.revoked}`),
    fulfilled: async (show, cluster) => !(await keysOf(show.platform, cluster)).includes(cluster.revoked) && !keysOnDisk(show.platform, cluster).includes(cluster.revoked),
  },
};
