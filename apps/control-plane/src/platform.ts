/** Wires everything and starts it, in an order in which each part finds what it needs; ends it in the reverse. */
import type { Server as HttpsServer } from 'node:https';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { createControlServices, createDrivers, type Drivers, type Region } from '#libs/control/application';
import { ensureDatabase } from '#libs/database';
import type { OwnService } from '#libs/egress';
import { removeAbandonedTemporaries } from '#libs/host';
import { OperationalError, type Log } from '#libs/kernel';
import { createReconcilerStore, createStore, migrate, openDatabase, type Database } from '#libs/persistence';
import { openPki } from '#libs/pki';
import { ensureAdminFile, type AdminFile } from './admin-file.js';
import { openAttached } from './attached.js';
import { createClosers, type Closers } from './closers.js';
import { isLoopback, isUnspecified, type PlatformConfig } from './config.js';
import { createDataPlane, openClusterClients } from './data-plane.js';
import { keepDatabase } from './database-keeper.js';
import { documentWords } from './document-words.js';
import { openDrivers } from './drivers.js';
import { openHttpCertificate, renewHttpCertificate } from './http-certificate.js';
import { createPlatformMetrics } from './platform-metrics.js';
import { createReadiness } from './readiness.js';
import { createReconciling } from './reconciling.js';
import { finishRotation } from './rotate-secrets-key.js';
import { programVersion } from './version.js';

export interface Platform {
  admin: AdminFile;
  adminFile: string;
  /** The administrator's key was made in this start. */
  isNewAdmin: boolean;
  /** Stops everything but the brokers; safe to call twice. */
  close(): Promise<void>;
}

export interface PlatformOptions {
  config: PlatformConfig;
  log: Log;
  /** A line for whoever watches the start. */
  say: (line: string) => void;
}

export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const closers = createClosers(options.log);
  try {
    return await start(options, closers);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function start({ config, log, say }: PlatformOptions, closers: Closers): Promise<Platform> {
  for (const directory of [config.home, join(config.home, 'pki')]) removeAbandonedTemporaries(directory);
  // Nest and the façades are the larger part of what is loaded: that goes on while the database starts.
  const [pki, { database, ownServices: databaseService }, { createControlPlaneHttp }] = await Promise.all([
    openPki({ directory: join(config.home, 'pki') }), openMigratedDatabase(config, log, say, closers), import('./control-plane-http.js'),
  ]);
  const store = createStore(database, { advertisedHost: config.advertisedHost });
  await finishRotation(config.home, database, log);
  const attached = openAttached({ ...config, ownServices: [{ name: 'API', port: config.port }, ...databaseService] }, store, log, closers);
  const drivers = createDrivers([...await openDrivers(config, pki, log, closers), attached.driver]);
  const clients = await openClusterClients(pki, log, attached.trust);
  closers.add('cluster clients', () => clients.close());
  const { administration } = clients;
  const { reconciler, check } = createReconciling(config, createReconcilerStore(database), drivers, administration, log);
  const regions = { regions: regionsOf(config, drivers), aliases: config.regionAliases };
  const services = createControlServices({ store, drivers, administration, remotes: attached.remotes, signal: reconciler, log, regions });

  const adminFile = join(config.home, 'admin.json');
  const { admin, isNew } = await ensureAdminFile({ path: adminFile, baseUrl: baseUrl(config), caFile: pki.caFile }, services.administration);
  const readiness = createReadiness([
    { name: 'database', problem: () => database.ping().then(() => null) },
    // They have been applied by now, or the start would have ended.
    { name: 'migrations', problem: async () => null },
    check,
  ]);
  const tls = isEncrypted(config) ? await openHttpCertificate(config, pki) : null;
  const application = await createControlPlaneHttp({
    services, dataPlane: createDataPlane(services, clients), log, tls, publicUrl: config.publicUrl, behindProxy: config.behindProxy, metrics: createPlatformMetrics({ reconciler: () => reconciler.figures(), version: programVersion() }), words: () => documentWords(regions, drivers), status: { readiness, caPem: pki.caPem, version: programVersion() },
  });
  reconciler.start();
  closers.add('reconciler', () => reconciler.stop());
  await listen(application, config, closers);
  if (tls) {
    const renewal = renewHttpCertificate(config, pki, application.getHttpServer() as HttpsServer, log);
    closers.add('certificate renewal', () => renewal.close());
  }
  return { admin, adminFile, isNewAdmin: isNew, close: () => closers.closeAll() };
}

async function openMigratedDatabase(config: PlatformConfig, log: Log, say: (line: string) => void, closers: Closers): Promise<{ database: Database; ownServices: OwnService[] }> {
  const ensure = (): ReturnType<typeof ensureDatabase> => ensureDatabase({ home: config.home, databaseUrl: config.databaseUrl, log: say });
  const server = await ensure();
  closers.add('database server', () => server.stop());
  const { appUrl, applied } = await migrate({ ownerUrl: server.ownerUrl });
  if (applied.length > 0) log.write('info', 'database.migrated', { applied });
  const database = await openDatabase({ url: appUrl, onError: (error) => log.write('warn', 'database.connection-lost', { error: error.message }) });
  closers.add('database connections', () => database.close());
  if (server.kind === 'embedded') {
    const keeper = keepDatabase({ ping: () => database.ping(), revive: async () => { await ensure(); }, log });
    closers.add('database keeper', () => keeper.close());
  }
  return { database, ownServices: server.kind === 'embedded' ? [{ name: 'database', port: Number(new URL(appUrl).port) }] : [] };
}

async function listen(application: INestApplication, config: PlatformConfig, closers: Closers): Promise<void> {
  closers.add('http', () => closeHttp(application));
  try {
    await application.listen(config.port, config.host);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE') throw new OperationalError('port_in_use', `port ${config.port} of ${config.host} is in use: set SLUICE_PORT to another one`, false);
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL') throw new OperationalError('address_unusable', `can't listen on ${config.host}:${config.port} (${code}): set SLUICE_HOST or SLUICE_PORT`, false);
    throw error;
  }
}

const HTTP_DRAIN_MS = 5_000;

/** Requests that run may end, idle connections don't hold the stop up. */
async function closeHttp(application: INestApplication): Promise<void> {
  const server = application.getHttpServer() as HttpsServer;
  const timer = setTimeout(() => server.closeAllConnections(), HTTP_DRAIN_MS);
  server.closeIdleConnections();
  await application.close();
  clearTimeout(timer);
}

/** Beyond loopback keys travel only encrypted, unless somebody in front of us sees to that. */
function isEncrypted(config: PlatformConfig): boolean {
  return !isLoopback(config.host) && !config.behindProxy;
}

/** As the operator names them, or each offered engine by its own: one that can't be had at present (no Java) says so when it is asked for. */
function regionsOf({ regions, engines }: PlatformConfig, drivers: Drivers): Region[] {
  return regions ?? drivers.all.map((driver) => driver.offer()).filter((offer) => offer.isProvisioned && (engines?.includes(offer.engine) ?? true)).map((offer) => ({ name: offer.region, engine: offer.engine }));
}

export function baseUrl(config: PlatformConfig): string {
  if (config.publicUrl !== null) return config.publicUrl;
  const host = isUnspecified(config.host) ? config.advertisedHost : config.host;
  return `${isEncrypted(config) ? 'https' : 'http'}://${isIP(host) === 6 ? `[${host}]` : host}:${config.port}`;
}
