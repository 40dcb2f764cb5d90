import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Found { running?: boolean; identity: { pid: number | null } }

/** A tool without types: it runs before anything is built. */
const path = join(process.cwd(), 'tools', 'lib', 'brokers.mjs');
const { listBrokers, listServices } = await import(path) as Record<'listBrokers' | 'listServices', (home: string) => Found[]>;

let home: string;
const children: ChildProcess[] = [];
beforeEach(() => { home = mkdtempSync(join(tmpdir(), 'sluice-tools-')); });
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => new Promise((resolve) => { child.once('exit', resolve).kill('SIGKILL'); })));
  rmSync(home, { recursive: true, force: true });
});

/** As a platform leaves it that is killed after a start and before its record. */
function launch(directory: string, configuration: string): number {
  mkdirSync(join(directory, 'run'), { recursive: true });
  writeFileSync(join(directory, 'run', 'process.json'), JSON.stringify({ version: 1, phase: 'launching', pid: null, startTime: null, bundle: 'x' }));
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '--', join(directory, configuration)], { stdio: 'ignore' });
  children.push(child);
  return child.pid!;
}

async function until(found: () => Found[], holds: (found: Found[]) => boolean): Promise<Found[]> {
  for (const deadline = performance.now() + 10_000; ;) {
    const present = found();
    if (holds(present) || performance.now() > deadline) return present;
    await new Promise((resolve) => { setImmediate(resolve); });
  }
}

(existsSync('/proc/self/stat') ? test : test.skip)('processes that were begun and never recorded are found, so that stopping all leaves none', async () => {
  const broker = launch(join(home, 'clusters', 'lkc-aaaa', 'node-1'), 'server.properties');
  const server = launch(join(home, 'zookeeper', 'node-1'), 'zoo.cfg');
  expect(await until(() => listBrokers(home), (found) => found[0]?.running === true)).toMatchObject([{ running: true, identity: { pid: broker } }]);
  expect(await until(() => listServices(home), (found) => found.length > 0)).toMatchObject([{ name: 'zookeeper node-1', identity: { pid: server } }]);
});
