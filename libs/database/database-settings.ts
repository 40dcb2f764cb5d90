/** `$SLUICE_HOME/postgres.json` (0600): how the platform reaches its embedded server. Made once; the port may change. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { readJsonFile, replaceFileSync } from '#libs/host';
import { DATABASE_PORT_COUNT, DATABASE_PORT_FIRST } from './database.limits.js';
import { databaseError } from './database.errors.js';
import { homeHash } from './database-location.js';

export interface DatabaseSettings {
  port: number;
  /** Bootstrap superuser: makes the owner role and the database, then serves repairs only. */
  superuserPassword: string;
  ownerPassword: string;
  /** Absolute, as `npm stop` has to find the server without knowing our rules. */
  dataDirectory: string;
  /** The owner role and the database are there. */
  prepared: boolean;
}

export const SUPERUSER = 'postgres';
export const OWNER_ROLE = 'sluice_owner';
export const DATABASE_NAME = 'sluice';

export function settingsFile(home: string): string {
  return join(home, 'postgres.json');
}

export function readSettings(home: string): DatabaseSettings | null {
  return readJsonFile(settingsFile(home)) as DatabaseSettings | null;
}

export function writeSettings(home: string, settings: DatabaseSettings): void {
  replaceFileSync(settingsFile(home), `${JSON.stringify(settings, null, 2)}\n`, 0o600);
}

export async function newSettings(home: string, dataDirectory: string): Promise<DatabaseSettings> {
  const password = (): string => randomBytes(24).toString('base64url');
  return { port: await freePort(home), superuserPassword: password(), ownerPassword: password(), dataDirectory, prepared: false };
}

export function ownerUrl(settings: DatabaseSettings): string {
  return `postgresql://${OWNER_ROLE}:${settings.ownerPassword}@127.0.0.1:${settings.port}/${DATABASE_NAME}`;
}

/** Begins at a place of the home's own, so that several installations on a machine seldom meet. */
export async function freePort(home: string): Promise<number> {
  const offset = Number.parseInt(homeHash(home).slice(0, 8), 16) % DATABASE_PORT_COUNT;
  for (let index = 0; index < DATABASE_PORT_COUNT; index += 1) {
    const port = DATABASE_PORT_FIRST + (offset + index) % DATABASE_PORT_COUNT;
    if (await isFree(port)) return port;
  }
  throw databaseError('DATABASE_START_FAILED', `no free port for the database in ${DATABASE_PORT_FIRST}-${DATABASE_PORT_FIRST + DATABASE_PORT_COUNT - 1}`);
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
