/** For the HTTP tests: the control plane's own HTTP application and use cases on a real PostgreSQL, with brokers that are pretended. */
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createControlServices, createDrivers, type AdministratorKey } from '#libs/control/application';
import type { HttpLimits } from '#libs/http';
import type { Log } from '#libs/kernel';
import { createReconcilerStore, createStore, openDatabase } from '#libs/persistence';
import { openPki } from '#libs/pki';
import { openAttached } from '../../apps/control-plane/src/attached.js';
import { createClosers } from '../../apps/control-plane/src/closers.js';
import { readConfig } from '../../apps/control-plane/src/config.js';
import { createControlPlaneHttp } from '../../apps/control-plane/src/control-plane-http.js';
import { createDataPlane, openClusterClients } from '../../apps/control-plane/src/data-plane.js';
import { documentWords } from '../../apps/control-plane/src/document-words.js';
import { createPlatformMetrics } from '../../apps/control-plane/src/platform-metrics.js';
import { createReadiness } from '../../apps/control-plane/src/readiness.js';
import { createReconciling } from '../../apps/control-plane/src/reconciling.js';
import { startTestDatabase } from '../../libs/persistence/testing.js';
import { createFakeClusterDriver, pretendedAdministration, type FakeClusterDriver } from './fake-cluster.driver.js';
import { createTcpGate, type TcpGate } from './tcp-gate.js';

export interface Key { id: string; secret: string }

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body, parsed; null when there is none. Tests know its shape. */
  body: JsonValue;
}

/** JSON that tests read by path without declaring every shape. */
export type JsonValue = ReturnType<typeof JSON.parse>;

export interface RequestOptions { body?: unknown; rawBody?: string | Buffer; headers?: Record<string, string>; key?: Key | null }

export interface ControlPlaneFixture {
  url: string;
  admin: Key;
  organizationId: string;
  driver: FakeClusterDriver;
  /** The way to the database. */
  database: TcpGate;
  logLines: { level: string; event: string; fields: Record<string, unknown> }[];
  /** As the administrator unless another key, or null for none, is given. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Lets a cluster's time to be provisioned be over. */
  expireProvisioning(clusterId: string): Promise<void>;
  /** All that the database holds, as text. */
  everyRow(): Promise<string>;
  databasePort: number;
  stop(): Promise<void>;
}

const GENEROUS: Partial<HttpLimits> = { failedLoginsPerAddress: { requestsMax: 1_000_000, windowMs: 60_000, entriesMax: 10 } };

export async function startControlPlane(options: { limits?: Partial<HttpLimits>; egressAllow?: string } = {}): Promise<ControlPlaneFixture> {
  const home = mkdtempSync(join(tmpdir(), 'sluice-e2e-'));
  const logLines: ControlPlaneFixture['logLines'] = [];
  const log: Log = { write: (level, event, fields = {}) => { logLines.push({ level, event, fields }); } };
  const test = await startTestDatabase();
  const appUrl = new URL(test.appUrl);
  const gate = await createTcpGate(Number(appUrl.port));
  appUrl.port = String(gate.port);
  const database = await openDatabase({ url: appUrl.toString(), onError: () => undefined });
  const config = readConfig({ SLUICE_HOME: home, SLUICE_BROKER_PORTS: '46000-46999', SLUICE_EGRESS_ALLOW: options.egressAllow });
  const driver = createFakeClusterDriver();
  const store = createStore(database, { advertisedHost: 'localhost' });
  const closers = createClosers(log);
  const attached = openAttached({ ...config, ownServices: [{ name: 'database', port: Number(new URL(test.appUrl).port) }] }, store, log, closers);
  const drivers = createDrivers([driver, attached.driver]);
  const administration = pretendedAdministration();
  const { reconciler, check } = createReconciling(config, createReconcilerStore(database), drivers, administration, log);
  const regions = { regions: [{ name: 'embedded', engine: driver.name }], aliases: true };
  const services = createControlServices({ store, drivers, administration, remotes: attached.remotes, signal: reconciler, log, regions });
  const administrator = await services.administration.bootstrapAdministrator() as AdministratorKey;
  const pki = await openPki({ directory: join(home, 'pki') });
  const clients = await openClusterClients(pki, log, attached.trust);
  const readiness = createReadiness([{ name: 'database', problem: () => database.ping().then(() => null) }, check], () => performance.now() * 1_000);
  const application = await createControlPlaneHttp({
    services, dataPlane: createDataPlane(services, clients), log, tls: null, publicUrl: null, behindProxy: false, limits: options.limits ?? GENEROUS, metrics: createPlatformMetrics({ reconciler: () => reconciler.figures(), version: 'test' }), words: () => documentWords(regions, drivers), status: { readiness, caPem: pki.caPem, version: 'test' },
  });
  reconciler.start();
  await application.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(application.getHttpServer().address() as AddressInfo).port}`;
  const admin = { id: administrator.apiKey, secret: administrator.apiSecret };
  return {
    url, admin, driver, database: gate, logLines, organizationId: administrator.organizationId,
    request: (method, path, given = {}) => send(url + path, method, { key: admin, ...given }),
    async expireProvisioning(clusterId) { await test.asOwner('UPDATE cluster SET phase_deadline_at = now() WHERE id = $1', [clusterId]); },
    databasePort: Number(new URL(test.appUrl).port),
    async everyRow() {
      const tables = await test.asOwner<{ name: string }>('SELECT table_name AS name FROM information_schema.tables WHERE table_schema = \'public\'');
      const texts = await Promise.all(tables.map(({ name }) => test.asOwner<{ text: string }>(`SELECT coalesce(json_agg(t)::text, '') AS text FROM "${name}" t`)));
      return texts.map(([row]) => row!.text).join('\n');
    },
    async stop() {
      await application.close();
      await reconciler.stop();
      clients.close();
      await closers.closeAll();
      await database.close();
      await gate.shut();
      await test.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function send(url: string, method: string, { body, rawBody, headers = {}, key }: RequestOptions): Promise<Answer> {
  const payload = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(url, {
    method, redirect: 'manual',
    headers: {
      ...(key ? { Authorization: `Basic ${Buffer.from(`${key.id}:${key.secret}`).toString('base64')}` } : {}),
      ...(payload === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers,
    },
    ...(payload === undefined ? {} : { body: payload }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parse(text) };
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Asks again until it holds; fails, saying what it saw last, when it doesn't in time. */
export async function until(ask: () => Promise<Answer>, holds: (answer: Answer) => boolean, deadlineMs = 20_000): Promise<Answer> {
  for (const deadline = performance.now() + deadlineMs; ;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`not so after ${deadlineMs} ms: ${answer.status} ${answer.text.slice(0, 500)}`);
  }
}
