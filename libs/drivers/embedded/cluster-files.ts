/** Directories, configuration and certificates of a cluster's brokers. Every step is safe to repeat. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { DesiredCluster } from '#libs/control/domain';
import { replaceFile, syncDirectory } from '#libs/host';
import { certificateDetails, type Pki } from '#libs/pki';
import type { ClustersLayout, NodeLayout } from './cluster-layout.js';
import { formatProperties, serverProperties } from './server-properties.js';

export async function prepareNode(desired: DesiredCluster, nodeId: number, layouts: ClustersLayout, pki: Pki): Promise<void> {
  const layout = layouts.node(desired.clusterId, nodeId);
  const isNew = !existsSync(layout.directory);
  for (const directory of [layout.directory, layout.tls, layout.data, layout.logs, layout.run]) await mkdir(directory, { recursive: true, mode: 0o700 });
  if (isNew) {
    syncDirectory(layouts.root);
    syncDirectory(layouts.cluster(desired.clusterId));
  }
  await replaceIfDifferent(layout.truststore, pki.caPem);
  await pki.ensureLeaf(layout.keystore, { commonName: desired.clusterId, hosts: certificateHosts(desired), usage: 'peer' });
  await replaceIfDifferent(layout.serverProperties, formatProperties(serverProperties(desired, nodeId, layout)));
}

export interface Renewal { renewed: string[]; failed: { clusterId: string; reason: string }[] }

/** Replaces certificates that are due; brokers watch the files. One that can't be read or written holds up no other. */
export async function renewCertificates(nodes: readonly { clusterId: string; layout: NodeLayout }[], pki: Pki): Promise<Renewal> {
  const renewal: Renewal = { renewed: [], failed: [] };
  for (const { clusterId, layout } of nodes) {
    if (!existsSync(layout.keystore)) continue;
    try {
      const { hosts } = certificateDetails(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(readFileSync(layout.keystore, 'utf8'))?.[0] ?? '');
      const { changed } = await pki.ensureLeaf(layout.keystore, { commonName: clusterId, hosts, usage: 'peer' });
      if (changed) renewal.renewed.push(clusterId);
    } catch (error) {
      renewal.failed.push({ clusterId, reason: String(error) });
    }
  }
  return renewal;
}

/** Made before anything is put there, so that a home that can't be written fails at the start. */
export function ensureClustersRoot(layouts: ClustersLayout): void {
  mkdirSync(layouts.root, { recursive: true, mode: 0o700 });
}

function certificateHosts(desired: DesiredCluster): string[] {
  const bound = ['0.0.0.0', '::', '*'].includes(desired.bindHost) ? [] : [desired.bindHost];
  return [...new Set(['localhost', '127.0.0.1', '::1', desired.advertisedHost, ...bound])];
}

async function replaceIfDifferent(path: string, content: string): Promise<void> {
  if (existsSync(path) && readFileSync(path, 'utf8') === content) return;
  await replaceFile(path, content, 0o600);
}
