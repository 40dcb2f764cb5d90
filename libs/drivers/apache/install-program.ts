/** Runs a program to its end and answers what it said. For the short ones (Maven, a JVM for one question): brokers are supervised elsewhere. */
import { spawn } from 'node:child_process';
import { childEnvironment } from '#libs/host';
import { OUTPUT_BYTES_MAX } from './install.limits.js';

export interface ProgramResult { status: number | null; stdout: string; stderr: string; /** Ended by its time limit. */ isTimedOut: boolean }

export interface ProgramOptions {
  timeoutMs: number;
  cwd?: string;
  /** Names of what it needs of this process's environment, beside what every program gets. */
  inherits?: RegExp;
  environment?: Readonly<Record<string, string>>;
  input?: string;
  /** Each full line of stdout as it comes. */
  onLine?: (line: string) => void;
}

/** Replaced in tests. Rejects only when the program can't be started. */
export type RunProgram = (program: string, args: readonly string[], options: ProgramOptions) => Promise<ProgramResult>;

export const runProgram: RunProgram = (program, args, { timeoutMs, cwd, inherits, environment, input, onLine }) => new Promise((resolve, reject) => {
  const child = spawn(program, args, { cwd, env: { ...childEnvironment(inherits), ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  let [rest, isTimedOut] = ['', false];
  const timer = setTimeout(() => {
    isTimedOut = true;
    child.kill('SIGKILL');
    // What it started itself may hold them open for as long as it likes.
    child.stdout.destroy();
    child.stderr.destroy();
  }, timeoutMs);
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      if (output[name].length < OUTPUT_BYTES_MAX) output[name] += chunk;
      if (name === 'stderr' || !onLine) return;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!.slice(0, OUTPUT_BYTES_MAX);
      lines.forEach(onLine);
    });
  }
  child.once('error', (error) => {
    clearTimeout(timer);
    reject(error);
  });
  child.once('close', (status) => {
    clearTimeout(timer);
    resolve({ status, ...output, isTimedOut });
  });
  // A program that ends without reading takes nothing amiss.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
});
