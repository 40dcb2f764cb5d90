import { fitEngines, requireCloudKey, resolveWorkload, sizeCluster, type Caller, type EngineFit, type SizingInput, type SizingNeeds, type SizingWorkload } from '#libs/control/domain';
import type { ControlDeps } from './deps.js';

export interface Sizing { workload: SizingWorkload; needs: SizingNeeds; engines: readonly EngineFit[] }

export interface SizingService {
  /** Reckons, and changes nothing. Any cloud key may ask. */
  estimate(caller: Caller, input: SizingInput): Sizing;
}

export function createSizingService({ drivers, regions }: Pick<ControlDeps, 'drivers' | 'regions'>): SizingService {
  return {
    estimate: (caller, input) => {
      requireCloudKey(caller);
      const workload = resolveWorkload(input);
      const needs = sizeCluster(workload);
      const offers = drivers.all.map((driver) => driver.offer());
      // A tenant asks by region: an engine that no region stands for can't be had.
      const offered = regions.regions.flatMap(({ name, engine }) => offers.filter((offer) => offer.engine === engine).map((offer) => ({ ...offer, region: name })));
      return { workload, needs, engines: fitEngines(offered, needs, workload) };
    },
  };
}
