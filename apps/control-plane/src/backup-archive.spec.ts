import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createArchive, readArchive, verifyArchive, type BackupFile, type BackupLine } from './backup-archive.js';
import { listStateFiles, planFiles, readStateFile, writeFiles } from './backup-files.js';

const directory = mkdtempSync(join(tmpdir(), 'sluice-archive-'));
afterAll(() => rmSync(directory, { recursive: true }));

const lines: Exclude<BackupLine, { kind: 'end' }>[] = [
  { kind: 'header', format: 'sluice-backup', version: 1, program: '1.0.0', createdAt: '2026-01-01T00:00:00.000Z', home: '/h', migrations: [] },
  { kind: 'file', path: 'pki/ca.pem', mode: 0o600, sha256: 'x', content: 'eA==' },
  { kind: 'table', name: 'one' }, { kind: 'row', json: '{"id":9007199254740993,"name":"ä\\n\\"}"}' }, { kind: 'table-end', rows: 1, sha256: 'y' },
];

async function write(name: string): Promise<string> {
  const path = join(directory, name);
  const archive = await createArchive(path);
  for (const line of lines) await archive.write(line);
  await archive.finish();
  return path;
}

async function all(path: string): Promise<BackupLine[]> {
  const found: BackupLine[] = [];
  for await (const line of readArchive(path)) found.push(line);
  return found;
}

describe('the archive', () => {
  it('gives back what was written, numbers as they stood, and is its owner\'s alone', async () => {
    const path = await write('whole');
    expect((await all(path)).slice(0, -1)).toEqual(lines);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path}.partial`)).toBe(false);
    expect((await verifyArchive(path)).tables).toEqual(new Map([['one', 1]]));
  });

  it('is refused wherever it was cut off, and with any byte changed', async () => {
    const path = await write('damaged');
    const bytes = readFileSync(path);
    const trial = join(directory, 'trial');
    const refused = async (damaged: Buffer): Promise<boolean> => {
      writeFileSync(trial, damaged);
      return verifyArchive(trial).then(() => false, (error: { code: string; message: string }) => error.code === 'backup_unusable' && error.message.includes('no whole backup'));
    };
    let harmless = 0;
    // The header of gzip has bytes (time, system) that say nothing of the content; the bits that fill up its last byte don't either.
    for (let at = 10; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 0x10;
      expect([at, await refused(bytes.subarray(0, at))]).toEqual([at, true]);
      if (await refused(changed)) continue;
      harmless += 1;
      expect(gunzipSync(changed)).toEqual(gunzipSync(bytes));
    }
    expect(harmless).toBeLessThanOrEqual(1);
  });

  it.each<[string, (text: string) => string, RegExp]>([
    ['a line less', (text) => text.split('\n').toSpliced(3, 1).join('\n'), /checksum is wrong/],
    ['another row', (text) => text.replace('ä', 'ö'), /checksum is wrong/],
    ['no end', (text) => `${text.trimEnd().split('\n').slice(0, -1).join('\n')}\n`, /cut off/],
    ['half a line', (text) => text.slice(0, -10), /cut off/],
    ['something behind the end', (text) => `${text}{"kind":"table","name":"x"}\n`, /behind its end/],
    ['another format', (text) => text.replace('sluice-backup', 'other'), /doesn't begin/],
    ['a newer format', (text) => text.replace('"version":1', '"version":2'), /format is version 2/],
    ['no JSON', () => 'hello\n', /a line of it can't be read$/],
    ['nothing', () => '', /cut off/],
  ])('packed anew with %s it is refused', async (what, change, message) => {
    const path = await write(`packed-${what.replaceAll(' ', '-')}`);
    const trial = `${path}.trial`;
    writeFileSync(trial, gzipSync(change(gunzipSync(readFileSync(path)).toString())));
    await expect(verifyArchive(trial)).rejects.toThrow(message);
  });

  it('is never written over what is there, and leaves nothing when it is given up', async () => {
    const path = await write('once');
    await expect(createArchive(path)).rejects.toThrow(/is there already/);
    const other = join(directory, 'given-up');
    const archive = await createArchive(other);
    await archive.write(lines[0] as (typeof lines)[number]);
    await archive.abandon();
    expect([existsSync(other), existsSync(`${other}.partial`)]).toEqual([false, false]);
  });

  it('says that there is no file', async () => expect(verifyArchive(join(directory, 'absent'))).rejects.toThrow(/there is no file/));
});

describe('the files of a home', () => {
  const put = (home: string, path: string, content = path, mode = 0o600): void => {
    mkdirSync(join(home, path, '..'), { recursive: true });
    writeFileSync(join(home, path), content);
    chmodSync(join(home, path), mode);
  };
  const state = ['admin.json', 'clusters/lkc-1/engine.json', 'clusters/lkc-1/node-1/principals.json', 'clusters/lkc-1/node-1/tls/broker.pem', 'pki/ca.key', 'some-later-secret.key'];
  const rest = ['postgres.json', 'database.json', 'postgres/data/PG_VERSION', 'run/platform.json', 'logs/x.log', 'engine/h/broker.mjs', 'kafka/4/libs/a.jar', 'clusters/lkc-1/node-1/data/orders-0/0.log',
    'clusters/lkc-1/node-1/run/process.json', 'clusters/lkc-1/node-1/logs/broker.log', 'zookeeper/node-1/data/myid', 'pki/ca.key.1.tmp'];
  const home = join(directory, 'home');
  const read = (): BackupFile[] => listStateFiles(home).map((path) => readStateFile(home, path) as BackupFile);

  it('are those that nobody else makes, with what is added later', () => {
    for (const path of [...state, ...rest]) put(home, path);
    expect(listStateFiles(home)).toEqual(state);
  });

  it('are followed through links, but not for ever', () => {
    const linked = join(directory, 'linked');
    mkdirSync(linked);
    symlinkSync(join(home, 'pki'), join(linked, 'pki'));
    symlinkSync(join(home, 'nowhere'), join(linked, 'dangling'));
    expect(listStateFiles(linked)).toEqual(['pki/ca.key']);
    symlinkSync(linked, join(linked, 'self'));
    expect(() => listStateFiles(linked)).toThrow(/a link to itself/);
  });

  it('come back with their modes; brokers\' own stay; another content of ours is refused', () => {
    const target = join(directory, 'target');
    put(home, 'pki/ca.pem', 'public', 0o644);
    put(target, 'clusters/lkc-1/node-1/principals.json', 'newer');
    const plan = planFiles(target, read());
    expect(plan.keep).toEqual(['clusters/lkc-1/node-1/principals.json']);
    writeFiles(target, plan.write);
    expect(readFileSync(join(target, 'clusters/lkc-1/node-1/principals.json'), 'utf8')).toBe('newer');
    expect(['pki/ca.key', 'pki/ca.pem'].map((path) => (statSync(join(target, path)).mode & 0o777).toString(8))).toEqual(['600', '644']);
    // Cut off in the middle, the same call goes on.
    expect(planFiles(target, read()).write).toEqual([]);
    put(target, 'admin.json', 'another');
    expect(() => planFiles(target, read())).toThrow(/is there already, with another content/);
  });

  it.each(['../outside', '/etc/passwd', 'pki/../../x', 'postgres/data/x', 'run/platform.json', ''])('a backup that names %j is refused', (path) => {
    const [file] = read() as [BackupFile];
    expect(() => planFiles(home, [{ ...file, path }])).toThrow(/none of the platform's state/);
  });

  it.each([0o4755, 0o1777, -1, 0.5, '0777', null])('a backup that gives a file the mode %j is refused', (mode) => {
    const file = readStateFile(home, listStateFiles(home)[0]!)!;
    expect(() => planFiles(home, [{ ...file, mode: mode as number }])).toThrow(/none of the platform's state/);
  });
  it('a file that stands in it twice is refused', () => {
    const file = readStateFile(home, listStateFiles(home)[0]!)!;
    expect(() => planFiles(join(directory, 'nowhere'), [file, file])).toThrow(/twice/);
  });
  it('a file whose checksum is wrong is refused', () => {
    const [file] = read() as [BackupFile];
    expect(() => planFiles(home, [{ ...file, content: 'AAAA' }])).toThrow(/checksum of its file/);
  });
});
