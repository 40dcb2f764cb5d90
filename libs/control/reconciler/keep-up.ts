/** What is asked of a cluster that is up may take minutes to prepare, or can't be: what there was of it goes on. */
import type { Log } from '#libs/kernel';
import { describe, executeBeside, type ExecutorDeps } from './execute.js';
import { planUnprepared } from './plan.js';
import { reasonOf } from './schedule.js';
import type { Lease } from './store.js';

export interface KeepUpDeps extends ExecutorDeps { now(): number; log: Log }

/** Nodes that have ended are started again, and keys are told. What goes wrong is logged; it is tried again when this is called again. */
export async function keepUp(deps: KeepUpDeps, lease: Lease): Promise<void> {
  const { store, drivers, limits, log } = deps;
  const { clusterId } = lease;
  const complain = (error: unknown): void => log.write('warn', 'cluster.not-kept-up', { clusterId, reason: reasonOf(error) });
  try {
    const state = await store.load(lease, limits.leaseMs);
    if (state === null) return;
    const driver = drivers.of(state.engine.engine);
    const world = { observed: await driver.observe(clusterId), nowMs: deps.now(), isOurs: driver.capabilities.lifeCycle, dynamicConfigs: null };
    for (const step of planUnprepared(state, world, limits)) {
      // Of keys it can't be known that they were told already: they are told again and again.
      log.write(step.kind === 'start-broker' ? 'info' : 'debug', 'cluster.kept-up', { clusterId, step: describe(step) });
      await executeBeside(deps, lease, state, step).catch(complain);
    }
  } catch (error) {
    complain(error);
  }
}
