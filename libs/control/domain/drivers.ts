import { OperationalError } from '#libs/kernel';
import type { ClusterDriver, DriverCapabilities, Drivers } from './cluster-driver.js';

/** Of several drivers the first of a name counts. */
export function createDrivers(all: readonly ClusterDriver[]): Drivers {
  return {
    all,
    of: (engine) => {
      const found = all.find((driver) => driver.name === engine);
      if (!found) throw new OperationalError('engine_missing', `this program has no engine ${engine}; it has ${all.map((driver) => driver.name).join(', ')}`, true);
      return found;
    },
  };
}

/** What this cluster can, as data. */
export const capabilitiesOf = (driver: ClusterDriver, clusterId: string): Promise<DriverCapabilities> =>
  driver.capabilitiesOf?.(clusterId) ?? Promise.resolve(driver.capabilities);
