/**
 * What the nodes of a cluster may take of this machine's disk: `disk-limits.json` in the cluster's directory, which our classes in its brokers look at all the time, so that a change
 * counts without a restart, and limits hold while the platform is away. Beyond them clients' producers are refused; what the platform begins anew goes by the same room.
 */
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DesiredCluster } from '#libs/control/domain';
import { readJsonFile } from '#libs/host';
import { replaceIfDifferent, type NodesLayout } from '#libs/drivers/nodes';
import { DISK_FREE_BYTES_MIN, DISK_FREE_SHARE_MIN } from './apache.limits.js';

interface DiskLimitsFile {
  version: 1;
  clusterId: string;
  /** Of the segments in all of `directories` together. */
  limitBytes: number | null;
  /** Of each disk that they are on; null: the usual share. */
  freeBytesMin: number | null;
  directories: string[];
}

export const diskLimitsPath = (layouts: NodesLayout, clusterId: string): string => join(layouts.cluster(clusterId), 'disk-limits.json');

/** Nodes that are on their way out count as long as their files are there. */
export async function writeDiskLimits(layouts: NodesLayout, { clusterId, diskLimitBytes, brokers }: Pick<DesiredCluster, 'clusterId' | 'diskLimitBytes' | 'brokers'>, freeBytesMin: number | null): Promise<void> {
  await write(layouts, clusterId, diskLimitBytes, freeBytesMin, [...brokers.map(({ nodeId }) => nodeId), ...layouts.nodeIds(clusterId)]);
}

/** The operator may have set another room to be kept free since the platform ran last. Where no file says which limit the cluster has, the next start of a node writes it. */
export async function renewDiskLimits(layouts: NodesLayout, clusterId: string, freeBytesMin: number | null): Promise<void> {
  const present = readJsonFile(diskLimitsPath(layouts, clusterId)) as DiskLimitsFile | null;
  if (present) await write(layouts, clusterId, present.limitBytes, freeBytesMin, layouts.nodeIds(clusterId));
}

/** What is kept free on a disk: as asked for, or a share of it up to a maximum, as brokers reckon it too. */
export async function keptFree(directory: string, freeBytesMin: number | null): Promise<number> {
  if (freeBytesMin !== null) return freeBytesMin;
  const { blocks, bsize } = await statfs(directory);
  return Math.min(DISK_FREE_BYTES_MIN, Math.floor(blocks * bsize * DISK_FREE_SHARE_MIN));
}

async function write(layouts: NodesLayout, clusterId: string, limitBytes: number | null, freeBytesMin: number | null, nodeIds: readonly number[]): Promise<void> {
  const directories = [...new Set(nodeIds)].sort((a, b) => a - b).map((nodeId) => layouts.node(clusterId, nodeId).data);
  const file: DiskLimitsFile = { version: 1, clusterId, limitBytes, freeBytesMin, directories };
  await replaceIfDifferent(diskLimitsPath(layouts, clusterId), `${JSON.stringify(file)}\n`);
}
