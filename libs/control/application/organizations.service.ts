import { controlLimits, newOrganizationId, notFound, parsePage, toPage } from '#libs/control/domain';
import { foundOrganization } from './administration.service.js';
import { asCaller } from './authorization.js';
import type { ControlDeps } from './deps.js';
import { displayName as checkName } from './input.rules.js';
import type { OrganizationsService } from './services.js';

const checkedName = (text: string): string => checkName(text, '/display_name', controlLimits.organizationNameLengthMax);

/** A caller's world is its own organization: even the operator's keys see no other one here. */
export function createOrganizationsService(deps: ControlDeps): OrganizationsService {
  return {
    list: (caller, page) => asCaller(deps, caller, async (tx) => {
      const window = parsePage(page);
      const organization = await tx.organizations.get();
      const rows = organization && window.after === null ? [organization] : [];
      return toPage(window, rows, 1);
    }),
    get: (caller, id) => asCaller(deps, caller, async (tx) => {
      const organization = id === caller.organizationId ? await tx.organizations.get() : null;
      if (!organization) throw notFound('organization', id);
      return organization;
    }),
    update: (caller, id, change) => asCaller(deps, caller, async (tx, actor) => {
      if (id !== caller.organizationId) throw notFound('organization', id);
      actor.require('organization.update');
      if (change.displayName !== undefined) checkedName(change.displayName);
      await actor.audit('organization.update', id);
      return tx.organizations.update(change);
    }),
    create: async (caller, input) => {
      const displayName = checkedName(input.displayName);
      const id = newOrganizationId();
      await asCaller(deps, caller, async (_tx, actor) => {
        actor.require('platform.operate');
        await actor.audit('organization.create', id);
      });
      return foundOrganization(deps.store, { id, displayName, isOperator: false, email: input.administratorEmail ?? 'administrator@localhost' });
    },
  };
}
