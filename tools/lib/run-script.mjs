// Installs, generates and builds what has changed, then runs a script as if it had been called itself.
import { spawn } from 'node:child_process';
import { ROOT } from './config.mjs';
import { prepare } from './prepare.mjs';
import { fail } from './terminal.mjs';

export async function runScript([script, ...args]) {
  try {
    await prepare();
  } catch (error) {
    return fail(error);
  }
  const child = spawn(process.execPath, ['--no-warnings', script, ...args], { cwd: ROOT, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.once('exit', (code) => { process.exitCode = code ?? 1; });
}
