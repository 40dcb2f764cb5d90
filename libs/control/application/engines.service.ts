import { requireCloudKey } from '#libs/control/domain';
import type { ControlDeps } from './deps.js';
import type { EnginesService } from './services.js';

export function createEnginesService({ drivers, regions }: Pick<ControlDeps, 'drivers' | 'regions'>): EnginesService {
  return {
    offers: (caller) => {
      requireCloudKey(caller);
      return drivers.all.map((driver) => driver.offer());
    },
    regions: (caller) => {
      requireCloudKey(caller);
      return { regions: [...regions.regions], isAliased: regions.aliases };
    },
  };
}
