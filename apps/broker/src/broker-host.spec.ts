import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createBrokerHost } from './broker-host.js';
import { parseArguments } from './arguments.js';

const host = createBrokerHost();

describe('who holds a directory', () => {
  it('is this process while it runs', () => {
    expect(host.isRunning(host.owner)).toBe(true);
    expect(host.isRunning('')).toBe(false);
    expect(host.isRunning('x y')).toBe(false);
  });
  it('is nobody once the process is gone, or its pid is another one\'s', () => {
    const gone = execFileSync(process.execPath, ['-e', 'console.log(process.pid)']).toString().trim();
    expect(host.isRunning(gone)).toBe(false);
    if (existsSync('/proc/self/stat')) expect(host.isRunning(`${process.pid} 1`)).toBe(false);
  });
  it('is nobody when only a zombie is left', async () => {
    if (!existsSync('/proc/self/stat')) return;
    // The shell becomes a process that never collects the child which it left behind.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const pid = await new Promise<string>((resolve) => { parent.stdout.once('data', (text: Buffer) => resolve(text.toString().trim())); });
      const deadline = performance.now() + 5000;
      while (host.isRunning(pid) && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
      const state = execFileSync('cat', [`/proc/${pid}/stat`]).toString();
      expect(state).toMatch(/\) Z /);
      expect(host.isRunning(`${pid} ${state.slice(state.lastIndexOf(')') + 2).split(' ')[19]!}`)).toBe(false);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});

describe('arguments', () => {
  it('are one file and options', () => {
    expect(parseArguments(['s.properties', '--cluster', 'lkc-1', '--log-level', 'debug'])).toEqual({ propertiesFile: 's.properties', cluster: 'lkc-1', logFile: null, logLevel: 'debug' });
  });
  it.each([[[]], [['a', 'b']], [['a', '--cluster']], [['a', '--nonsense', 'x']], [['a', '--log-level', 'loud']]])('%j get the usage', (args) => { expect(() => parseArguments(args)).toThrow(/usage/); });
});
