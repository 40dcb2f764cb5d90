import { existsSync } from 'node:fs';
import type { PrincipalsFile } from '#libs/control/domain';
import { readJsonFile, replaceFile } from '#libs/host';
import type { NodeLayout } from './node-layout.js';
import { nodeError } from './node.errors.js';

/** Replaces the file a broker authenticates by. Never goes back: two writers may finish in the other order. Says whether it wrote. */
export async function replacePrincipals(layout: NodeLayout, file: PrincipalsFile): Promise<boolean> {
  if (!existsSync(layout.directory)) throw nodeError('CLUSTER_NOT_PREPARED', `cluster ${file.clusterId} has no directory for its principals yet`);
  const present = readJsonFile(layout.principals) as PrincipalsFile | null;
  if (present && present.sequence > file.sequence) return false;
  const content = `${JSON.stringify(file)}\n`;
  if (present && present.sequence === file.sequence && `${JSON.stringify(present)}\n` === content) return false;
  await replaceFile(layout.principals, content, 0o600);
  return true;
}
