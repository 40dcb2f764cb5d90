/** The platform as a user starts it, in a home and on ports of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RunningPlatform {
  home: string;
  url: string;
  /** For programs that are to meet this platform and no other. */
  environment: NodeJS.ProcessEnv;
  /** Ends the platform, its brokers and its database, and removes the home. */
  stop(): Promise<void>;
}

const BROKER_PORTS = '47000-47299';
const READY_TIMEOUT_MS = 300_000;

/** `settings` come on top of this machine's own. */
export async function startPlatform(settings: NodeJS.ProcessEnv = {}): Promise<RunningPlatform> {
  const home = mkdtempSync(join(tmpdir(), 'sluice-readme-'));
  // The database's own user passes through it.
  chmodSync(home, 0o711);
  const port = await freePort();
  const environment = { ...process.env, NODE_ENV: '', NODE_OPTIONS: '', SLUICE_HOME: home, SLUICE_PORT: String(port), SLUICE_BROKER_PORTS: BROKER_PORTS, ...settings };
  const child = spawn(process.execPath, ['tools/start.mjs'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  let ended: string | null = null;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output = (output + chunk.toString()).slice(-10_000); });
  const gone = new Promise<void>((resolve) => child.once('exit', (code, signal) => { ended = `${code ?? signal}`; resolve(); }));
  const stop = async (): Promise<void> => {
    if (ended === null) {
      process.kill(-child.pid!, 'SIGTERM');
      await gone;
    }
    spawnSync(process.execPath, ['tools/stop.mjs', '--all'], { env: environment, stdio: 'ignore' });
    rmSync(home, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = performance.now() + READY_TIMEOUT_MS; ;) {
    if (await fetch(`${url}/health/ready`).then((response) => response.ok, () => false)) return { home, url, environment, stop };
    if (ended !== null || performance.now() > deadline) {
      await stop();
      throw new Error(`the platform ${ended === null ? 'was not ready in time' : `ended with ${ended}`}:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
