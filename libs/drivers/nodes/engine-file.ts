/** `engine.json` of a cluster's directory: whose it is. The embedded engine's directories have none. */
import { readJsonFile, replaceFile } from '#libs/host';
import type { NodesLayout } from './node-layout.js';

export interface EngineFile { engine: string; version: string | null }

export function readEngineFile(layouts: NodesLayout, clusterId: string): EngineFile | null {
  const file = readJsonFile(layouts.engineFile(clusterId)) as Partial<EngineFile> | null;
  return typeof file?.engine === 'string' ? { engine: file.engine, version: typeof file.version === 'string' ? file.version : null } : null;
}

export async function writeEngineFile(layouts: NodesLayout, clusterId: string, file: EngineFile): Promise<void> {
  const present = readEngineFile(layouts, clusterId);
  if (present?.engine === file.engine && present.version === file.version) return;
  await replaceFile(layouts.engineFile(clusterId), `${JSON.stringify(file)}\n`, 0o600);
}
