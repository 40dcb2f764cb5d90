import { crashProcess, createCrashPoints, type ClusterId, type OrganizationId } from '#libs/control/domain';
import type { ControlDeps } from './deps.js';

/** How long an answer waits for the brokers' file. */
const PUBLISH_WAIT_MS = 2_000;

export interface PrincipalsPublisher {
  /** After the commit: what these clusters' brokers must know is in their files when this resolves, or the reconciler sees to it. Never rejects. */
  publish(organizationId: OrganizationId, clusterIds: readonly ClusterId[]): Promise<void>;
}

/**
 * Content and sequence are read together, and drivers drop a lower sequence than they have: of two writers that cross, the newer one stays.
 * The reconciler compares the sequences that were wanted and applied, so a failure here is made good by it.
 */
export function createPrincipalsPublisher({ store, drivers, signal, log, crash = createCrashPoints(process.env.CRASH_AT, crashProcess) }: ControlDeps): PrincipalsPublisher {
  const publishOne = async (organizationId: OrganizationId, clusterId: ClusterId): Promise<void> => {
    try {
      const found = await store.tenant(organizationId, (tx) => tx.clusters.principals(clusterId));
      if (found === null) return;
      const { engine, file } = found;
      crash.pass('publish-principals.before');
      await drivers.of(engine).applyPrincipals(clusterId, file);
      crash.pass('publish-principals.after');
      await store.tenant(organizationId, (tx) => tx.clusters.principalsApplied(clusterId, file.sequence));
    } catch (error) {
      log.write('warn', 'principals.publish.failed', { clusterId, reason: error instanceof Error ? error.message : String(error) });
      signal.wake(clusterId);
    }
  };
  return {
    publish: async (organizationId, clusterIds) => {
      if (clusterIds.length === 0) return;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => { timer = setTimeout(() => resolve('late'), PUBLISH_WAIT_MS); });
      const outcome = await Promise.race([Promise.all(clusterIds.map((id) => publishOne(organizationId, id))), late]);
      clearTimeout(timer);
      if (outcome === 'late') log.write('warn', 'principals.publish.late', { organizationId, clusters: clusterIds.length, waitMs: PUBLISH_WAIT_MS });
    },
  };
}
