import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPki } from '#libs/pki';
import { readEngineFile, writeEngineFile } from './engine-file.js';
import { rotateLog } from './log-rotation.js';
import { ensureCertificates, prepareDirectories, renewCertificates } from './node-files.js';
import { clustersLayout } from './node-layout.js';
import { LOG_FILES_MAX } from './node.limits.js';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'sluice-files-')); });
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a damaged certificate holds up nobody else\'s renewal', async () => {
  const DAY_MS = 24 * 60 * 60 * 1000;
  let nowMs = Date.now();
  const pki = await openPki({ directory: join(directory, 'pki'), now: () => nowMs });
  const layouts = clustersLayout(directory);
  const nodes = ['lkc-aaaa', 'lkc-bbbb'].map((clusterId) => ({ clusterId, layout: layouts.node(clusterId, 1) }));
  for (const { clusterId } of nodes) await ensureCertificates({ clusterId, bindHost: '0.0.0.0', advertisedHost: 'kafka.example.org' }, await prepareDirectories(clusterId, 1, layouts), pki);
  writeFileSync(nodes[0].layout.keystore, 'torn');
  nowMs += 80 * DAY_MS;
  expect(await renewCertificates(nodes, pki)).toEqual({ renewed: ['lkc-bbbb'], failed: [{ clusterId: 'lkc-aaaa', reason: expect.any(String) }] });
});

test('a log that has grown too long is kept as a few files, and its writer goes on at the beginning', () => {
  const file = join(directory, 'broker.log');
  expect(rotateLog(file, 10)).toBe(false);
  for (let round = 0; round < LOG_FILES_MAX + 2; round += 1) {
    appendFileSync(file, `round ${round} is long enough`);
    expect(rotateLog(file, 10)).toBe(true);
  }
  expect(readFileSync(file, 'utf8')).toBe('');
  expect(readFileSync(`${file}.1`, 'utf8')).toContain(`round ${LOG_FILES_MAX + 1} `);
  expect(existsSync(`${file}.${LOG_FILES_MAX - 1}`)).toBe(true);
  expect(existsSync(`${file}.${LOG_FILES_MAX}`)).toBe(false);
});

test('whose directory it is can be told, and nobody\'s is the embedded engine\'s', async () => {
  const layouts = clustersLayout(directory);
  await prepareDirectories('lkc-aaaa', 1, layouts);
  expect(readEngineFile(layouts, 'lkc-aaaa')).toBeNull();
  await writeEngineFile(layouts, 'lkc-aaaa', { engine: 'other', version: '1.2.3' });
  expect(readEngineFile(layouts, 'lkc-aaaa')).toEqual({ engine: 'other', version: '1.2.3' });
  writeFileSync(layouts.engineFile('lkc-aaaa'), '{"engine":');
  expect(readEngineFile(layouts, 'lkc-aaaa')).toBeNull();
});
