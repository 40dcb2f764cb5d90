// The platform runs in this very process, so that a signal to it, or to its group, is a signal to the platform.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DIST, ensureHome, platformAddress, sluiceHome, urlHost, VERSION } from './config.mjs';
import { heldBy, tryLock, unlock } from './lock.mjs';
import { prepare } from './prepare.mjs';
import { bold, dim, fail, Problem, say } from './terminal.mjs';

/** `--no-prepare`: what is in dist/ runs as it is (images, whose build is over). */
export async function startPlatform(args) {
  try {
    const home = sluiceHome();
    const { host, port } = platformAddress();
    say(`${bold('sluice')} ${VERSION} ${dim(`· node ${process.versions.node} · ${home}`)}`);
    // Looked at before anything is written: a start that can't succeed leaves nothing behind.
    refuseSecond(home, heldBy(lockFile(home)));
    await requireFreePort(host, port);
    ensureHome(home);
    lockHome(home, host, port);
    if (!args.includes('--no-prepare')) await prepare();
    await run({ home, host, port });
  } catch (error) {
    fail(error);
  }
}

const lockFile = (home) => join(home, 'run', 'platform.json');

function refuseSecond(home, holder) {
  if (holder) throw new Problem(`a platform already runs on ${home} (process ${holder.pid}, port ${holder.port}); npm stop ends it`);
}

function lockHome(home, host, port) {
  const path = lockFile(home);
  refuseSecond(home, tryLock(path, { host, port, version: VERSION, startedAtMs: Date.now() }));
  process.on('exit', () => unlock(path));
}

function requireFreePort(host, port) {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const texts = { EADDRINUSE: 'is in use by another program', EACCES: 'is not for this user to open', EADDRNOTAVAIL: 'is no address of this machine', ENOTFOUND: 'is no address of this machine' };
      reject(new Problem(`${urlHost(host)}:${port} ${texts[error.code] ?? error.message}; set SLUICE_HOST and SLUICE_PORT to another one`));
    });
    server.listen({ host, port, exclusive: true }, () => server.close(resolve));
  });
}

async function run({ home, host, port }) {
  Object.assign(process.env, { SLUICE_HOME: home, SLUICE_HOST: host, SLUICE_PORT: String(port), SLUICE_BROKER_BUNDLE: join(DIST, 'broker') });
  process.env.NODE_ENV ||= 'production';
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(join(DIST, 'control-plane', 'main.mjs')).href);
}
