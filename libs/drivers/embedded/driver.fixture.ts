/** For this folder's tests: a home, a driver on it and a small stand-in for the broker that keeps the contract of its process. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrokerProcessState, DesiredCluster, ObservedBroker } from '#libs/control/domain';
import { openPki } from '#libs/pki';
import { createEmbeddedDriver, type EmbeddedDriver } from './embedded.driver.js';

const STAND_IN = `
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
const properties = Object.fromEntries(readFileSync(process.argv[2], 'utf8').trim().split('\\n').map((line) => line.split(/=(.*)/s)));
const bundle = new URL('.', import.meta.url).pathname.split('/').at(-2);
const status = (phase, reason = null) => {
  const file = properties['sluice.status.file'];
  writeFileSync(file + '.tmp', JSON.stringify({ pid: process.pid, startedAtMs: Date.now(), phase, reason, bundle }));
  renameSync(file + '.tmp', file);
};
console.log(JSON.stringify({ level: 'info', event: 'started', environment: process.env }));
status('starting');
const behaviour = properties['test.behaviour'] ?? 'run';
if (behaviour === 'fail') { status('failed', 'log.dirs can not be read'); process.exit(1); }
if (behaviour === 'throw') throw new Error('boom');
process.on('SIGTERM', () => { if (behaviour === 'stubborn') return; status('stopping'); process.exit(0); });
status('recovering');
status('ready');
setInterval(() => {}, 1000);
`;

export interface Fixture {
  home: string;
  driver: EmbeddedDriver;
  events: string[];
  desired(clusterId: string, settings?: Record<string, string>): DesiredCluster;
  /** Lets a driver go and makes another on the same home, as a restart of the platform does. */
  restart(): Promise<EmbeddedDriver>;
  /** Builds another broker: same behaviour, another hash. */
  build(hash: string): void;
  until(clusterId: string, wanted: BrokerProcessState | ((broker: ObservedBroker) => boolean)): Promise<ObservedBroker>;
  /** Until the driver has said this, and what it did with it is done. */
  noticed(event: string): Promise<void>;
  dispose(): Promise<void>;
}

export const HASH_ONE = 'aaaaaaaaaaaaaaaa';
export const HASH_TWO = 'bbbbbbbbbbbbbbbb';
const DEADLINE_MS = 20_000;

export async function createFixture(): Promise<Fixture> {
  const root = mkdtempSync(join(tmpdir(), 'sluice-driver-'));
  const [home, bundleDirectory] = [join(root, 'home'), join(root, 'dist', 'broker')];
  mkdirSync(bundleDirectory, { recursive: true });
  const build = (hash: string): void => {
    writeFileSync(join(bundleDirectory, 'broker.mjs'), STAND_IN);
    writeFileSync(join(bundleDirectory, 'bundle.json'), JSON.stringify({ hash }));
  };
  build(HASH_ONE);
  const events: string[] = [];
  const pki = await openPki({ directory: join(home, 'pki') });
  const open = (): Promise<EmbeddedDriver> => createEmbeddedDriver({ home, bundleDirectory, pki, log: { write: (_level, event) => { events.push(event); } } });
  const fixture: Fixture = {
    home, events, build,
    driver: await open(),
    desired: (clusterId, settings = {}) => ({
      clusterId, kafkaClusterId: 'AAAAAAAAAAAAAAAAAAAAAA', flushMode: 'ack', diskLimitBytes: null, bindHost: '127.0.0.1', advertisedHost: 'kafka.example.org', settings,
      version: null, heapMb: null, configs: {}, brokers: [{ nodeId: 1, roles: ['broker', 'controller'], rack: null, isFirst: true, ports: { external: 20000, internal: 20001, controller: 20002 } }],
    }),
    async restart() {
      await fixture.driver.close();
      fixture.driver = await open();
      return fixture.driver;
    },
    async until(clusterId, wanted) {
      const holds = typeof wanted === 'function' ? wanted : (broker: ObservedBroker): boolean => broker.process === wanted;
      for (const deadline = performance.now() + DEADLINE_MS; ;) {
        const broker = (await fixture.driver.observe(clusterId)).brokers[0];
        if (broker && holds(broker)) return broker;
        if (performance.now() > deadline) throw new Error(`not so after ${DEADLINE_MS} ms: ${JSON.stringify(broker)}`);
        await fixture.driver.waitForChange(clusterId, 1_000);
      }
    },
    async noticed(event) {
      for (const deadline = performance.now() + DEADLINE_MS; !events.includes(event); await new Promise((resolve) => { setTimeout(resolve, 5); })) {
        if (performance.now() > deadline) throw new Error(`no ${event} after ${DEADLINE_MS} ms: ${events.join(' ')}`);
      }
    },
    async dispose() {
      for (const clusterId of await fixture.driver.listOwned()) await fixture.driver.remove(clusterId);
      await fixture.driver.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return fixture;
}
