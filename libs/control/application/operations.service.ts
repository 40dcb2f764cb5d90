import { notFound, parsePage, toPage } from '#libs/control/domain';
import { asCaller } from './authorization.js';
import type { ControlDeps } from './deps.js';
import type { OperationsService } from './services.js';

export function createOperationsService(deps: ControlDeps): OperationsService {
  return {
    list: (caller, page, filter = {}) => asCaller(deps, caller, async (tx, actor) => {
      const window = parsePage(page);
      const { rows, total } = await tx.operations.list(window, { ...filter, visibility: actor.sees('operation.read') });
      return toPage(window, rows, total);
    }),
    get: (caller, id) => asCaller(deps, caller, async (tx, actor) => {
      const operation = await tx.operations.get(id);
      if (!operation) throw notFound('operation', id);
      const environmentId = await tx.operations.environmentOf(operation.resourceId);
      actor.require('operation.read', environmentId === null ? undefined : { environmentId, clusterId: operation.resourceId });
      return operation;
    }),
  };
}
