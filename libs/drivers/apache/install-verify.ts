/** That what was fetched is what the catalogue pinned: nothing more, nothing less, byte by byte. And that it is on the disk before its name is. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { syncDirectory } from '#libs/host';
import { jarName, type CatalogueVersion } from './catalogue/catalogue.js';
import { installError } from './install.errors.js';

export async function verifyArtifacts({ version, artifacts }: Pick<CatalogueVersion, 'version' | 'artifacts'>, libs: string): Promise<void> {
  const expected = new Map(artifacts.map((each) => [jarName(each), each]));
  const found = new Set(await readdir(libs));
  const missing = [...expected.keys()].filter((name) => !found.has(name));
  if (missing.length > 0) throw installError('ARTIFACTS_UNAVAILABLE', `of Apache Kafka ${version}, Maven fetched all but ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''}: try again`);
  for (const name of found) if (!expected.has(name)) await rm(join(libs, name), { recursive: true });
  for (const [name, { group, artifact, version: of, sha256 }] of expected) {
    const actual = await sha256Of(join(libs, name));
    if (actual !== sha256) {
      throw installError('CHECKSUM_WRONG', `${name} is not the file that was pinned (SHA-256 ${actual}, not ${sha256}): it was damaged or replaced where Maven has it from. Remove ${group.replaceAll('.', '/')}/${artifact}/${of} from Maven's local repository (usually ~/.m2/repository) and try again; if it comes back, don't use that mirror`);
    }
  }
}

/** Read-only and synced, the directory's names too. */
export async function sealFiles(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const file = await open(join(directory, name), 'r');
    await file.sync();
    await file.close();
    await chmod(join(directory, name), 0o444);
  }
  syncDirectory(directory);
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
