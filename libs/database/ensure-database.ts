import { spawnSync } from 'node:child_process';
import { existsSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { childEnvironment } from '#libs/host';
import { databaseError } from './database.errors.js';
import { keepKind } from './database-kind.js';
import { ensureHome, prepareLocation, type DatabaseLocation } from './database-location.js';
import { freePort, isFree, newSettings, ownerUrl, readSettings, writeSettings, type DatabaseSettings } from './database-settings.js';
import { resolveDatabaseUser, type DatabaseUser } from './database-user.js';
import type { Database, EnsureDatabaseOptions } from './database.types.js';
import { placeOf, reachExternalDatabase } from './external-database.js';
import { locateBinaries, reachableBinaries } from './postgres-binaries.js';
import { checkVersion, initialise, prepareOwner } from './postgres-init.js';
import { findServer, startServer, stopServer, waitUntilReady } from './postgres-server.js';

/**
 * A database that takes connections: the operator's own when `databaseUrl` says where, else the embedded server, made on the first call,
 * taken over when it still runs, started otherwise. One process at a time per home.
 */
export async function ensureDatabase(options: EnsureDatabaseOptions): Promise<Database> {
  const log = options.log ?? ((): void => undefined);
  const home = resolve(options.home);
  if (options.databaseUrl) {
    const database = await reachExternalDatabase(options.databaseUrl);
    ensureHome(home);
    keepKind(home, { kind: 'external', place: placeOf(options.databaseUrl) });
    return database;
  }
  ensureHome(home);
  keepKind(home, { kind: 'embedded' });
  const user = resolveDatabaseUser(log);
  const location = prepareLocation(home, user);
  if (location.moved) log(`database: ${location.directory} (PostgreSQL's system user can't enter ${home})`);
  const settings = await openSettings(home, location, log);
  const adopted = await adopt(home, settings);
  if (!adopted) await start(home, location, user, settings);
  if (!settings.prepared) {
    await prepareOwner(settings);
    settings.prepared = true;
    writeSettings(home, settings);
  }
  return { kind: 'embedded', ownerUrl: ownerUrl(settings), directory: location.directory, adopted, stop: async () => { await stopServer(location.dataDirectory); } };
}

async function openSettings(home: string, location: DatabaseLocation, log: (line: string) => void): Promise<DatabaseSettings> {
  const present = readSettings(home);
  if (present) return { ...present, dataDirectory: location.dataDirectory };
  if (existsSync(join(location.dataDirectory, 'PG_VERSION'))) await setAside(home, location, log);
  const settings = await newSettings(home, location.dataDirectory);
  writeSettings(home, settings);
  return settings;
}

/**
 * A database whose passwords are gone. Inside the home that is damage, and the operator's to mend. A moved one outlives a home that
 * was deleted and made again: it is kept under another name, and the new home begins empty.
 */
async function setAside(home: string, location: DatabaseLocation, log: (line: string) => void): Promise<void> {
  if (!location.moved) {
    throw databaseError('DATABASE_DIRECTORY', `there is a database in ${location.dataDirectory}, but its passwords (${join(home, 'postgres.json')}) are gone: restore that file, or move the directory away`);
  }
  await stopServer(location.dataDirectory);
  const aside = `${location.dataDirectory}.orphaned-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  renameSync(location.dataDirectory, aside);
  log(`database: an earlier ${home} left one behind, kept as ${aside}`);
}

async function adopt(home: string, settings: DatabaseSettings): Promise<boolean> {
  const found = findServer(settings.dataDirectory);
  const server = found && await waitUntilReady(settings.dataDirectory, found.identity);
  if (!server) return false;
  if (server.port !== settings.port) {
    settings.port = server.port;
    writeSettings(home, settings);
  }
  return true;
}

async function start(home: string, location: DatabaseLocation, user: DatabaseUser, settings: DatabaseSettings): Promise<void> {
  const packaged = await locateBinaries();
  const version = serverVersion(packaged.postgres);
  checkVersion(location, version);
  const binaries = reachableBinaries(packaged, user, location.directory, version);
  if (!existsSync(join(location.dataDirectory, 'PG_VERSION'))) await initialise(binaries, location, user, settings);
  if (!await isFree(settings.port)) settings.port = await freePort(home);
  writeSettings(home, settings);
  await startServer(binaries, location, user, settings.port);
}

function serverVersion(postgres: string): string {
  const result = spawnSync(postgres, ['--version'], { encoding: 'utf8', env: childEnvironment() });
  const version = /\) (\d+[\w.]*)/.exec(result.stdout ?? '')?.[1];
  if (version === undefined) throw databaseError('DATABASE_START_FAILED', `can't run ${postgres}: ${result.error?.message ?? result.stderr.trim()}`);
  return version;
}
