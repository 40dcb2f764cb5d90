import { asCaller } from './authorization.js';
import type { ControlDeps } from './deps.js';
import type { InstallationService } from './services.js';

/** Across tenants, so for the operator's key alone. */
export function createInstallationService(deps: ControlDeps): InstallationService {
  return {
    async runningClusters(caller, limit) {
      await asCaller(deps, caller, async (_tx, actor) => { actor.require('platform.operate'); });
      return deps.store.system.runningClusters(limit);
    },
  };
}
