import { mkdtempSync, rmSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { createApacheFixture, type ApacheFixture } from './apache.fixture.js';
import { keptFree } from './disk-limits.js';

jest.setTimeout(60_000);

const ID = 'lkc-abc12';
let fixture: ApacheFixture;

beforeEach(async () => { fixture = await createApacheFixture(); });
afterEach(async () => { await fixture.dispose(); });

const file = (): string => join(fixture.home, 'clusters', ID, 'disk-limits.json');
const data = (nodeId: number): string => join(fixture.home, 'clusters', ID, `node-${nodeId}`, 'data');
const read = (): unknown => JSON.parse(readFileSync(file(), 'utf8'));
const limits = (limitBytes: number | null, freeBytesMin: number | null, nodeIds = [1]): unknown => ({ version: 1, clusterId: ID, limitBytes, freeBytesMin, directories: nodeIds.map(data) });

test('a limit is taken up without a restart; nodes that come and go count', async () => {
  const desired = await fixture.desired(ID, { diskLimitBytes: 5e9 });
  await fixture.kraft.prepare(desired, () => undefined);
  expect(read()).toEqual(limits(5e9, null));
  expect(readFileSync(join(fixture.home, 'clusters', ID, 'node-1', 'server.properties'), 'utf8')).toContain(`sluice.disk.limits.file=${file()}\n`);
  await fixture.kraft.startBroker(desired, 1);
  await fixture.until(ID, ({ process }) => process === 'ready');
  await fixture.kraft.prepare({ ...desired, diskLimitBytes: null }, () => undefined);
  expect(read()).toEqual(limits(null, null));
  expect((await fixture.kraft.observe(ID)).brokers[0]).toMatchObject({ configMatches: true });
  const second = (await fixture.desired(ID)).brokers.map((broker) => ({ ...broker, nodeId: 2, roles: ['broker' as const], isFirst: false }));
  await fixture.kraft.prepare({ ...desired, brokers: [...desired.brokers, ...second] }, () => undefined);
  await fixture.kraft.prepare(desired, () => undefined);
  expect(read()).toEqual(limits(5e9, null, [1, 2]));
});

test('what the operator keeps free counts from the platform\'s next start on, for clusters that are there; a file that is gone or damaged is written by a node\'s start', async () => {
  const desired = await fixture.desired(ID, { diskLimitBytes: 7e9 });
  await fixture.kraft.prepare(desired, () => undefined);
  await fixture.restart({ diskFreeMbMin: 3 });
  expect(read()).toEqual(limits(7e9, 3 * 2 ** 20));
  await fixture.restart({ diskFreeMbMin: 0 });
  expect(read()).toEqual(limits(7e9, 0));
  writeFileSync(file(), 'torn');
  await fixture.restart({ diskFreeMbMin: 3 });
  expect(readFileSync(file(), 'utf8')).toBe('torn');
  rmSync(file());
  await fixture.restart();
  expect(existsSync(file())).toBe(false);
  await fixture.kraft.startBroker(desired, 1);
  expect(read()).toEqual(limits(7e9, null));
});

test('nothing is begun into what is kept free', async () => {
  await fixture.restart({ diskFreeMbMin: 2 ** 40 });
  await expect(fixture.kraft.prepare(await fixture.desired(ID), () => undefined)).rejects.toMatchObject({ code: 'DISK_SHORT' });
});

test('kept free: as asked for, or a twentieth of the disk, at most 1 GiB', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-kept-'));
  expect([await keptFree(directory, 0), await keptFree(directory, 5)]).toEqual([0, 5]);
  const usual = await keptFree(directory, null);
  expect(usual).toBeGreaterThan(0);
  expect(usual).toBeLessThanOrEqual(2 ** 30);
  rmSync(directory, { recursive: true });
});
