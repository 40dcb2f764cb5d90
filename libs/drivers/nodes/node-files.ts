/** Directories and certificates of a cluster's nodes. Every step is safe to repeat. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { DesiredCluster } from '#libs/control/domain';
import { replaceFile, syncDirectory } from '#libs/host';
import { certificateDetails, type Pki } from '#libs/pki';
import type { NodeLayout, NodesLayout } from './node-layout.js';

export async function prepareDirectories(clusterId: string, nodeId: number, layouts: NodesLayout): Promise<NodeLayout> {
  const layout = layouts.node(clusterId, nodeId);
  const isNew = !existsSync(layout.directory);
  for (const directory of [layouts.cluster(clusterId), layout.directory, layout.tls, layout.data, layout.logs, layout.run]) await ensureDirectory(directory);
  if (isNew) {
    syncDirectory(layouts.root);
    syncDirectory(layouts.cluster(clusterId));
  }
  return layout;
}

/** A node's own, with the cluster's id as its name. */
export async function ensureCertificates(desired: Pick<DesiredCluster, 'clusterId' | 'bindHost' | 'advertisedHost'>, layout: NodeLayout, pki: Pki): Promise<void> {
  await replaceIfDifferent(layout.truststore, pki.caPem);
  await pki.ensureLeaf(layout.keystore, { commonName: desired.clusterId, hosts: certificateHosts(desired), usage: 'peer' });
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
export function ensureClustersRoot(layouts: NodesLayout): void {
  mkdirSync(layouts.root, { recursive: true, mode: 0o700 });
}

export async function replaceIfDifferent(path: string, content: string): Promise<void> {
  if (existsSync(path) && readFileSync(path, 'utf8') === content) return;
  await replaceFile(path, content, 0o600);
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Java's properties format: a backslash, a line's end and a leading space would otherwise change meaning. */
export function formatProperties(properties: ReadonlyMap<string, string>): string {
  const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replace(/^[ \t\f]/, (space) => `\\${space}`);
  return [...properties].map(([key, value]) => `${escape(key).replaceAll(/[=: ]/g, (sign) => `\\${sign}`)}=${escape(value)}\n`).join('');
}

function certificateHosts(desired: Pick<DesiredCluster, 'bindHost' | 'advertisedHost'>): string[] {
  const bound = ['0.0.0.0', '::', '*'].includes(desired.bindHost) ? [] : [desired.bindHost];
  return [...new Set(['localhost', '127.0.0.1', '::1', desired.advertisedHost, ...bound])];
}

/** By itself first: making parents too, Node tells ENOENT of a file system that is read-only. */
export async function ensureDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(directory).isDirectory()) return;
    if (code !== 'ENOENT') throw error;
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
}
