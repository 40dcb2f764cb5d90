/**
 * A new key for credentials of attached clusters: `secrets.key` gets it beside the one that there is, all credentials are sealed anew by one transaction, then
 * the earlier key goes. At each moment the file holds every key that a row needs, so a process that ends in between has lost nothing: the next start of the
 * platform, or the same command, finishes it. No platform runs meanwhile: it would go on sealing with the key that it has read.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDatabase } from '#libs/database';
import { sealAnew } from '#libs/drivers/attached';
import { OperationalError, type Log } from '#libs/kernel';
import { createStore, migrate, openDatabase, readSealed, resealAll, type Database } from '#libs/persistence';
import { openSecrets, rotateSecretsKey, sealedBy, secretsKeyIds, type Secrets } from '#libs/secrets';
import { readAdminFile } from './admin-file.js';
import { secretsFile } from './attached.js';

export interface RotateSecretsKeyOptions {
  /** Absolute path of $SLUICE_HOME. */
  home: string;
  databaseUrl?: string | undefined;
  /** Called between two steps: where a test ends the process. */
  reached?: (point: RotationPoint) => void;
}

export type RotationPoint = 'key-added' | 'sealed-anew' | 'committed';

export interface SealedAnew {
  /** Id of the key that is left. */
  keyId: string;
  credentials: number;
  /** Clusters whose credentials nobody could open before either: they must be given anew. */
  unreadable: string[];
}

/** Throws OperationalError where there is nothing to rotate, or the key file or the database can't be used. */
export async function rotateSecrets({ home, databaseUrl, reached = () => undefined }: RotateSecretsKeyOptions): Promise<SealedAnew> {
  const path = secretsFile(home);
  if (!existsSync(path)) throw new OperationalError('secrets_key_absent', `there is no ${path} yet: npm start makes the first key`, false);
  if (!databaseUrl && !existsSync(join(home, 'postgres.json'))) throw new OperationalError('database_unknown', `${home} holds no database: set DATABASE_URL as for the platform`, false);
  const server = await ensureDatabase({ home, databaseUrl });
  try {
    const { appUrl } = await migrate({ ownerUrl: server.ownerUrl });
    const database = await openDatabase({ url: appUrl });
    try {
      if (!await belongsTo(home, database)) {
        throw new OperationalError('database_unknown', `the database doesn't have the organization of ${join(home, 'admin.json')}: set DATABASE_URL as for the platform; if that file is lost, npm start makes it again`, false);
      }
      const needed = (await readSealed(database)).map(sealedBy).filter((keyId) => keyId !== null);
      rotateSecretsKey(path, new Set(needed), { add: true });
      reached('key-added');
      return await sealAllAnew(path, database, reached);
    } finally {
      await database.close();
    }
  } finally {
    await server.stop();
  }
}

/** At the start of the platform: what a rotation that was cut off has left to do. */
export async function finishRotation(home: string, database: Database, log: Log): Promise<void> {
  const path = secretsFile(home);
  if (!existsSync(path) || secretsKeyIds(path).length === 1) return;
  if (!await belongsTo(home, database)) {
    log.write('warn', 'secrets.rotation-left', { detail: 'the database doesn\'t have the organization of admin.json; the earlier keys stay' });
    return;
  }
  const { keyId, credentials, unreadable } = await sealAllAnew(path, database);
  log.write(unreadable.length === 0 ? 'info' : 'warn', 'secrets.rotation-finished', { keyId, credentials, unreadable });
}

/** Rows of another database say nothing of what a key is needed for: with one that is empty, every key would go. */
async function belongsTo(home: string, database: Database): Promise<boolean> {
  const admin = readAdminFile(join(home, 'admin.json'));
  return admin !== null && await createStore(database, { advertisedHost: 'localhost' }).system.operatorOrganization() === admin.organizationId;
}

async function sealAllAnew(path: string, database: Database, reached: (point: RotationPoint) => void = () => undefined): Promise<SealedAnew> {
  const secrets = openSecrets(path);
  const unreadable = new Set<string>();
  const credentials = await resealAll(database, (clusterId, sealed) => {
    const anew = sealedAnew(secrets, clusterId, sealed);
    if (anew === null) unreadable.add(clusterId);
    reached('sealed-anew');
    return anew;
  });
  reached('committed');
  rotateSecretsKey(path, new Set(), { add: false });
  return { keyId: secrets.keyId, credentials, unreadable: [...unreadable] };
}

/** Null for what no key of the file opens: its error says more when somebody needs it. */
function sealedAnew(secrets: Secrets, clusterId: string, sealed: string): string | null {
  try {
    return sealAnew(secrets, clusterId, sealed);
  } catch (error) {
    if (error instanceof OperationalError) return null;
    throw error;
  }
}
