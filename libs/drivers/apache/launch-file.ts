/** `launch.json` of a node: what it takes up at its start besides server.properties. A node that runs with another one isn't as it should be. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonFile } from '#libs/host';
import { replaceIfDifferent, sha256, type NodeLayout } from '#libs/drivers/nodes';

export interface LaunchFile {
  version: string;
  /** Of our classes beside Kafka's. */
  pluginHash: string;
  heapMb: number;
  /** That tells, once it accepts, that the node is there. */
  port: number;
}

const pathOf = (layout: NodeLayout): string => join(layout.directory, 'launch.json');

export const readLaunchFile = (layout: NodeLayout): LaunchFile | null => readJsonFile(pathOf(layout)) as LaunchFile | null;

export const writeLaunchFile = (layout: NodeLayout, file: LaunchFile): Promise<void> => replaceIfDifferent(pathOf(layout), `${JSON.stringify(file)}\n`);

export function fingerprint(layout: NodeLayout): string | null {
  const files = [pathOf(layout), layout.serverProperties];
  return files.every(existsSync) ? sha256(files.map((path) => readFileSync(path, 'utf8')).join('\0')) : null;
}
