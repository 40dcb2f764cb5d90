// Runs a client program to its end, with input, output and a deadline.
import { spawn } from 'node:child_process';

export function runClient(command, args, { input, timeoutMs = 120_000, env, cwd } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env }, cwd });
    let stdout = '';
    let stderr = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.stdout.on('data', (chunk) => { stdout += chunk; });
    child.stderr.on('data', (chunk) => { stderr += chunk; });
    child.stdin.on('error', () => undefined);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
    child.stdin.end(input ?? '');
  });
}

export function mustSucceed(what, result) {
  if (result.code !== 0) throw new Error(`${what} ended with ${result.code ?? result.signal}: ${(result.stderr || result.stdout).trim().slice(-600)}`);
  return result;
}

/** `partition offset value` a line. */
export function parseRecords(text, separator = /\s+/) {
  return text.trim().split('\n').filter(Boolean).map((line) => {
    const [partition, offset, value] = line.split(separator);
    return { partition: Number(partition), offset: Number(offset), value };
  });
}
