import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CRASH_REPORTS_MAX } from './apache.limits.js';
import { trimCrashFiles } from './crash-files.js';
import { tryLock, unlock } from './install-lock.js';
import { removeLeftovers } from './install-leftovers.js';

let root: string;
beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'sluice-leftovers-')); });
afterEach(() => rmSync(root, { recursive: true, force: true }));

const file = (...path: string[]): void => {
  mkdirSync(dirname(join(root, ...path)), { recursive: true });
  writeFileSync(join(root, ...path), '');
  utimesSync(join(root, ...path), 1_000, 1_000);
};

describe('among installations', () => {
  const remove = (used: readonly string[] = []): string[] => removeLeftovers({
    root, versions: [{ version: '3.9.2' }, { version: '4.3.1' }], currentHashes: () => new Set(['cc1', 'cc2']), isUsed: (path) => used.some((name) => path === join(root, name)),
  });
  const KEPT = ['configs-cc1.json', 'installed.json', 'libs', 'plugin-kraft-cc1.jar', 'plugin-zookeeper-cc2.jar'];

  test('what an older build made goes once nobody runs it; what was half made goes at once', () => {
    for (const name of [...KEPT.filter((each) => each !== 'libs'), 'plugin-kraft-aa1.jar', 'configs-aa1.json', 'plugin-kraft-bb1.jar', 'configs-bb1.json', 'plugin-kraft-dd1.jar.partial']) file('3.9.2', name);
    file('3.9.2', 'libs', 'kafka_2.13-3.9.2.jar');
    file('3.9.2', '.plugin-Xy12', 'classes', 'A.class');
    file('4.3.1.partial-1-1', 'libs', 'a.jar');
    for (const name of ['4.3.1.lock.999999999.1', '3.9.2.lock.stale.999999999.2', `4.3.1.lock.${process.pid}.7`, '4.3.10', 'somebody\'s']) file(name);
    expect(remove(['3.9.2/plugin-kraft-aa1.jar']).sort()).toEqual(['3.9.2.lock.stale.999999999.2', '3.9.2/.plugin-Xy12', '3.9.2/configs-bb1.json', '3.9.2/plugin-kraft-bb1.jar', '3.9.2/plugin-kraft-dd1.jar.partial', '4.3.1.lock.999999999.1', '4.3.1.partial-1-1']);
    expect(readdirSync(join(root, '3.9.2')).sort()).toEqual([...KEPT, 'configs-aa1.json', 'plugin-kraft-aa1.jar'].sort());
    const jar = join(root, '3.9.2', 'plugin-kraft-aa1.jar');
    utimesSync(jar, Date.now() / 1000, Date.now() / 1000);
    expect(remove()).toEqual([]);
    utimesSync(jar, 1_000, 1_000);
    expect(remove().sort()).toEqual(['3.9.2/configs-aa1.json', '3.9.2/plugin-kraft-aa1.jar']);
    expect(readdirSync(root).sort()).toEqual(['3.9.2', '4.3.10', `4.3.1.lock.${process.pid}.7`, 'somebody\'s'].sort());
    expect(remove()).toEqual([]);
  });

  test('a version that somebody is installing is left alone, and where nothing is installed nothing is made', () => {
    expect(removeLeftovers({ root: join(root, 'none'), versions: [{ version: '4.3.1' }], currentHashes: () => new Set(), isUsed: () => false })).toEqual([]);
    expect(remove()).toEqual([]);
    expect(readdirSync(root)).toEqual([]);
    file('4.3.1.partial-1-1', 'pom.xml');
    const lock = join(root, '4.3.1.lock');
    expect(tryLock(lock)).toBeNull();
    expect(remove()).toEqual([]);
    unlock(lock);
    expect(remove()).toEqual(['4.3.1.partial-1-1']);
  });
});

test('of crashes the newest reports stay, and no image of a process\'s memory', () => {
  const layout = { directory: root, logs: join(root, 'logs') };
  const reports = ['hs_err_pid7.log', 'replay_pid7.log', 'logs/hs_err_1.log', 'logs/hs_err_22.log', 'logs/hs_err_333.log'];
  for (const [index, name] of reports.entries()) {
    file(name);
    utimesSync(join(root, name), index, index);
  }
  for (const name of ['core', 'core.123', 'java_pid9.hprof', 'server.properties', 'logs/server.log', 'logs/hs_err_x.log', 'core.properties']) file(name);
  mkdirSync(join(root, 'core.7'));
  trimCrashFiles(layout);
  expect(reports.filter((name) => existsSync(join(root, name)))).toEqual(reports.slice(-CRASH_REPORTS_MAX));
  expect(readdirSync(root).sort()).toEqual(['core.7', 'core.properties', 'logs', 'server.properties']);
  expect(readdirSync(join(root, 'logs'))).toEqual(expect.arrayContaining(['server.log', 'hs_err_x.log']));
  trimCrashFiles({ directory: join(root, 'none'), logs: join(root, 'none', 'logs') });
});
