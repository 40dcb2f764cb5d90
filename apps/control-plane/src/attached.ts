/** Clusters that run elsewhere: their driver, and the way to them that every client of theirs takes. */
import { join } from 'node:path';
import type { Store } from '#libs/control/application';
import type { RemoteTrust } from '#libs/control/application/data-plane';
import { createAttached, type Attached } from '#libs/drivers/attached';
import { createEgressRule, createResolver, ownAddresses, type AddressRange, type OwnService } from '#libs/egress';
import { createClusterPool } from '#libs/kafka/client';
import type { Log } from '#libs/kernel';
import { createNodeEnv } from '#libs/kernel/node';
import { openSecrets } from '#libs/secrets';
import type { Closers } from './closers.js';

export interface AttachedSettings {
  home: string;
  egressAllow: readonly AddressRange[];
  /** Of the platform itself on this machine, which nobody is connected to for somebody else's sake. */
  ownServices: readonly OwnService[];
}

export const secretsFile = (home: string): string => join(home, 'secrets.key');

export interface AttachedClusters extends Pick<Attached, 'driver' | 'remotes'> { trust: RemoteTrust }

export function openAttached({ home, egressAllow, ownServices }: AttachedSettings, store: Store, log: Log, closers: Closers): AttachedClusters {
  const attached = createAttached({
    env: createNodeEnv({ log }), log, secrets: openSecrets(secretsFile(home)),
    egress: { rule: createEgressRule({ allow: egressAllow, ownAddresses, ownServices: () => ownServices }), resolve: createResolver() },
    source: {
      find: (clusterId) => store.system.remoteCluster(clusterId),
      usersGone: ({ organizationId, clusterId }, names) => store.tenant(organizationId, (tx) => tx.remoteClusters.usersGone(clusterId, names)),
    },
  });
  closers.add('driver of attached clusters', () => attached.close());
  const pool = createClusterPool(attached.env);
  closers.add('clients of attached clusters', () => pool.close());
  return {
    driver: attached.driver, remotes: attached.remotes,
    trust: { pool, find: (clusterId) => store.system.remoteCluster(clusterId), loginOf: (remote) => attached.remotes.loginOf(remote) },
  };
}
