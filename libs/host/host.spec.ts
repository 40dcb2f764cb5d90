import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLinesFromPs, identify, isRunning, processCommandLine, processCommandLines, processStartTime, readJsonFile, removeAbandonedTemporaries, replaceFile, replaceFileSync, signalProcess, waitUntilGone } from './index.js';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'sluice-host-')); });
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function sleeper(): { pid: number; exited: Promise<void> } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'marker (1) 2'], { detached: true, stdio: 'ignore' });
  return { pid: child.pid ?? 0, exited: new Promise((resolve) => { child.on('exit', () => resolve()); }) };
}

test('a process is its pid and its start time; the same pid with another start time is another process', async () => {
  const { pid, exited } = sleeper();
  const identity = identify(pid);
  if (!identity) throw new Error('not started');
  expect(processCommandLine(pid)).toContain('marker (1) 2');
  expect(isRunning(identity)).toBe(true);
  const stranger = { pid, startTime: '1' };
  expect(isRunning(stranger)).toBe(false);
  expect(signalProcess(stranger, 'SIGKILL', { group: true })).toBe(false);
  expect(isRunning(identity)).toBe(true);
  expect(signalProcess(identity, 'SIGTERM', { group: true })).toBe(true);
  expect(await waitUntilGone(identity, 10_000)).toBe(true);
  await exited;
  expect(signalProcess(identity, 'SIGTERM')).toBe(false);
});

test('every process that runs is told, by ps as well: one that fails says so, and long lines are no failure', () => {
  expect(processCommandLines().some((line) => line.includes(process.execPath))).toBe(true);
  const path = process.env['PATH'];
  const stub = join(directory, 'ps');
  const say = (script: string): void => {
    writeFileSync(stub, `#!${process.execPath}\n${script}\n`);
    chmodSync(stub, 0o755);
  };
  process.env['PATH'] = directory;
  try {
    say(`process.stdout.write('a '.repeat(1e6) + '\\nmarker');`);
    expect(commandLinesFromPs().at(-1)).toBe('marker');
    say('process.exit(1)');
    expect(() => commandLinesFromPs()).toThrow('it ended with 1');
    rmSync(stub);
    expect(() => commandLinesFromPs()).toThrow('ENOENT');
  } finally {
    process.env['PATH'] = path;
  }
});

test('waiting for a process that stays ends at its limit', async () => {
  const identity = identify(process.pid);
  expect(identity && await waitUntilGone(identity, 50)).toBe(false);
});

test('what is no pid has no start time', () => {
  for (const pid of [0, -1, Number.NaN, 1.5, 2 ** 30]) expect(processStartTime(pid)).toBeNull();
});

test.each([['in one go', async (path: string, text: string) => replaceFileSync(path, text, 0o600)], ['without holding up', (path: string, text: string) => replaceFile(path, text, 0o600)]])('a file is replaced whole, private, and leaves no other behind: %s', async (_how, replace) => {
  const path = join(directory, 'file');
  writeFileSync(path, 'old and longer', { mode: 0o644 });
  await replace(path, 'new');
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(['file']);
});

test('a temporary file goes when its writer is dead, and nothing else', () => {
  const kept = ['file', 'file.tmp', `file.${process.pid}.0123abcd.tmp`, 'file.999999999.tmp'];
  for (const name of [...kept, 'file.999999999.0123abcd.tmp']) writeFileSync(join(directory, name), '');
  removeAbandonedTemporaries(directory);
  expect(readdirSync(directory).sort()).toEqual([...kept].sort());
  removeAbandonedTemporaries(join(directory, 'none'));
});

test('JSON that is missing or torn reads as nothing', () => {
  expect(readJsonFile(join(directory, 'none'))).toBeNull();
  writeFileSync(join(directory, 'torn'), '{"a":');
  expect(readJsonFile(join(directory, 'torn'))).toBeNull();
});
