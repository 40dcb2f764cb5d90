/**
 * What is remembered of nodes' storage beside the nodes, so that a disk that is gone isn't taken for one that never was. Each mark is a
 * directory in the cluster's seed directory: there or not, whatever was killed when.
 *
 *     <seed>/formatted-<id>   it had storage of its own; without it now, its data is lost
 *     <seed>/anew-<id>        its data was taken away on purpose: it may begin with nothing
 *
 * With KRaft the platform formats, and marks before a node is started. With ZooKeeper a broker makes `meta.properties` of its own at its
 * first start: it is marked as soon as that is seen, and may begin anew until then.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncDirectory } from '#libs/host';
import { installError } from './install.errors.js';

export const hasIdentity = (dataDirectory: string): boolean => existsSync(join(dataDirectory, 'meta.properties'));
export const mayBeginAnew = (seedDirectory: string, nodeId: number): boolean => existsSync(join(seedDirectory, `anew-${nodeId}`));
export const wasFormatted = (seedDirectory: string, nodeId: number): boolean => existsSync(join(seedDirectory, `formatted-${nodeId}`));

/** Without a seed directory nobody is told: it may be on its way out, with the cluster. */
function markFormatted(seedDirectory: string, nodeId: number): void {
  mark(seedDirectory, `formatted-${nodeId}`);
}

export function allowAnew(seedDirectory: string, nodeId: number): void {
  mark(seedDirectory, `anew-${nodeId}`);
}

/** From here on the next loss is one again. */
export function hasBegun(seedDirectory: string, nodeId: number): void {
  markFormatted(seedDirectory, nodeId);
  if (!mayBeginAnew(seedDirectory, nodeId)) return;
  rmSync(join(seedDirectory, `anew-${nodeId}`), { recursive: true, force: true });
  syncDirectory(seedDirectory);
}

function mark(seedDirectory: string, name: string): void {
  if (existsSync(join(seedDirectory, name)) || !existsSync(seedDirectory)) return;
  mkdirSync(join(seedDirectory, name));
  syncDirectory(seedDirectory);
}

export const storageLost = (clusterId: string, nodeId: number, dataDirectory: string): Error =>
  installError('STORAGE_LOST', `the data of node ${nodeId} of ${clusterId} is gone from ${dataDirectory}: mount the disk again if it is only that, else replace the broker, which lets it begin anew`);

/**
 * Before a broker with ZooKeeper is made or started: over a directory that was emptied Kafka would begin as if nothing had been, and where it is the only
 * one left in sync the others would be cut to its length. One that was ready once had data, marked or not.
 */
export function admitBroker(seedDirectory: string, clusterId: string, nodeId: number, dataDirectory: string, wasReady: boolean): void {
  if (hasIdentity(dataDirectory)) hasBegun(seedDirectory, nodeId);
  else if ((wasReady || wasFormatted(seedDirectory, nodeId)) && !mayBeginAnew(seedDirectory, nodeId)) throw storageLost(clusterId, nodeId, dataDirectory);
}
