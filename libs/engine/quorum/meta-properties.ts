/** `meta.properties`: which cluster, which node and which directory this is. Java properties; version 1 as Kafka 4 writes it. */
import { join } from 'node:path';
import { replaceFile, type Env } from '#libs/kernel';
import { quorumErrors } from './quorum.errors.js';
import { quorumLimits } from './quorum.limits.js';

export interface MetaProperties { clusterId: string; nodeId: number; directoryId: string }

const FILE = 'meta.properties';
const UUID = /^[A-Za-z0-9_-]{22}$/;

export function formatMetaProperties(properties: MetaProperties): string {
  return `#\n#\ncluster.id=${properties.clusterId}\ndirectory.id=${properties.directoryId}\nnode.id=${properties.nodeId}\nversion=1\n`;
}

function parseLines(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith('!')) continue;
    const at = trimmed.search(/[=:]/);
    if (at > 0) values.set(trimmed.slice(0, at).trim(), trimmed.slice(at + 1).trim());
  }
  return values;
}

export function parseMetaProperties(path: string, text: string): MetaProperties {
  const values = parseLines(text);
  if (values.get('version') !== '1') throw quorumErrors.badMetaProperties(path, `version ${values.get('version') ?? '(none)'} isn't 1`);
  const nodeId = Number(values.get('node.id'));
  if (values.get('node.id') === undefined || !Number.isInteger(nodeId) || nodeId < 0) throw quorumErrors.badMetaProperties(path, 'node.id not found');
  const clusterId = values.get('cluster.id');
  if (clusterId === undefined || clusterId === '') throw quorumErrors.badMetaProperties(path, 'cluster.id not found');
  const directoryId = values.get('directory.id');
  if (directoryId === undefined || !UUID.test(directoryId)) throw quorumErrors.badMetaProperties(path, 'directory.id not found');
  return { clusterId, nodeId, directoryId };
}

/** Null when the directory was never formatted. Checks that it is this node of this cluster. */
export function readMetaProperties(env: Pick<Env, 'disk'>, directory: string, expected: { clusterId: string; nodeId: number }): MetaProperties | null {
  const path = join(directory, FILE);
  const content = env.disk.readFile(path);
  if (content === null) return null;
  if (content.length > quorumLimits.metaPropertiesBytesMax) throw quorumErrors.badMetaProperties(path, `${content.length} bytes are too many`);
  const properties = parseMetaProperties(path, content.toString('utf8'));
  if (properties.clusterId !== expected.clusterId) throw quorumErrors.otherCluster(path, properties.clusterId, expected.clusterId);
  if (properties.nodeId !== expected.nodeId) throw quorumErrors.otherNode(path, properties.nodeId, expected.nodeId);
  return properties;
}

export async function writeMetaProperties(env: Pick<Env, 'disk'>, directory: string, properties: MetaProperties): Promise<void> {
  await replaceFile(env.disk, join(directory, FILE), Buffer.from(formatMetaProperties(properties), 'utf8'));
}
