import {
  checkNamingPolicy, controlLimits, ControlFailure, judgeName, namingTemplates, notFound, parsePage, toPage, type CompiledNamingPolicy, type EnvironmentId, type EnvironmentNamingPolicy, type PageWindow,
} from '#libs/control/domain';
import { asCaller, type Actor } from './authorization.js';
import type { ControlDeps } from './deps.js';
import { findEnvironment, requireRead } from './environments.service.js';
import type { PrincipalsPublisher } from './principals-publisher.js';
import type { NamingPoliciesService } from './services.js';
import type { TenantTransaction } from './store.js';

/** The environment, held: no cluster can be made in it meanwhile, so every broker hears of the change or is made after it. */
async function findToChange(tx: TenantTransaction, actor: Actor, id: string): Promise<EnvironmentId> {
  await tx.organizations.lock();
  const environment = await findEnvironment(tx, id);
  actor.require('naming-policy.update', { environmentId: environment.id, clusterId: null });
  return environment.id;
}

async function findPolicy(tx: TenantTransaction, environmentId: string): Promise<EnvironmentNamingPolicy> {
  const found = await tx.namingPolicies.get(environmentId);
  if (!found) throw notFound('the naming policy of environment', environmentId);
  return found;
}

/** They were there from the beginning, and stand in their own order. */
const shippedAfter = ({ after, limit }: PageWindow) => namingTemplates
  .map((shipped, index) => ({ shipped, createdAt: new Date(0), id: String(index) })).filter(({ id }) => after === null || id > after.id).slice(0, limit + 1);

function checkCount(topicNames: readonly string[]): void {
  const max = controlLimits.namesPerCheckMax;
  if (topicNames.length < 1 || topicNames.length > max) {
    throw new ControlFailure('invalid_configuration', `topic_names holds 1 to ${max} names, not ${topicNames.length}`, { source: { pointer: '/topic_names' } });
  }
}

export function createNamingPoliciesService(deps: ControlDeps, publisher: PrincipalsPublisher): NamingPoliciesService {
  return {
    templates: (caller, page) => asCaller(deps, caller, (_tx, actor) => {
      const window = parsePage(page);
      actor.require('organization.read');
      const { items, ...rest } = toPage(window, shippedAfter(window), namingTemplates.length);
      return Promise.resolve({ ...rest, items: items.map((item) => item.shipped) });
    }),
    get: (caller, environmentId) => asCaller(deps, caller, async (tx, actor) => {
      const environment = await findEnvironment(tx, environmentId);
      await requireRead(tx, actor, environment.id, 'naming-policy.read');
      return findPolicy(tx, environment.id);
    }),
    set: async (caller, environmentId, input) => {
      const { stored, told } = await asCaller(deps, caller, async (tx, actor) => {
        const id = await findToChange(tx, actor, environmentId);
        const { policy } = checkNamingPolicy(input);
        const put = await tx.namingPolicies.put(id, policy);
        await actor.audit('naming-policy.update', id);
        return { stored: put, told: await tx.clusters.principalsChanged({ environmentId: id, clusterId: null }) };
      });
      await publisher.publish(caller.organizationId, told);
      return stored;
    },
    remove: async (caller, environmentId) => {
      const told = await asCaller(deps, caller, async (tx, actor) => {
        const id = await findToChange(tx, actor, environmentId);
        await findPolicy(tx, id);
        await tx.namingPolicies.remove(id);
        await actor.audit('naming-policy.delete', id);
        return tx.clusters.principalsChanged({ environmentId: id, clusterId: null });
      });
      await publisher.publish(caller.organizationId, told);
    },
    check: async (caller, environmentId, topicNames, draft) => {
      const policy = await asCaller(deps, caller, async (tx, actor): Promise<CompiledNamingPolicy> => {
        const environment = await findEnvironment(tx, environmentId);
        await requireRead(tx, actor, environment.id, 'naming-policy.read');
        checkCount(topicNames);
        return draft === undefined ? checkNamingPolicy((await findPolicy(tx, environment.id)).policy) : checkNamingPolicy(draft, '/policy');
      });
      return { policy, names: topicNames.map((name) => judgeName(policy, name)) };
    },
  };
}
