// Before everything that has decorators; what has is imported below, when this is done (a bundle keeps no other order).
import 'reflect-metadata';
import { join } from 'node:path';
import { createLog, rotatingFileSink } from '#libs/kernel/node';
import { ConfigError, readConfig } from './config.js';
import type { Platform } from './platform.js';

const say = (line: string): void => { process.stdout.write(`${line}\n`); };

/** What the operator can mend is one line each; only a bug of ours shows a stack. */
function explain(error: unknown): string[] {
  if (error instanceof ConfigError) return [...error.problems];
  if (!(error instanceof Error)) return [String(error)];
  const isKnown = error.name === 'OperationalError' || error.name === 'Failure' || ['EACCES', 'EROFS', 'ENOSPC', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
  return [isKnown ? error.message.replaceAll(/\s*\n\s*/g, ' ') : error.stack ?? error.message];
}

function tell(platform: Platform): void {
  const { admin, adminFile, isNewAdmin } = platform;
  say(`  API        ${admin.baseUrl}`);
  say(`  Swagger UI ${admin.swaggerUrl}`);
  say(`  key        ${adminFile}`);
  // On a terminal, once: what isn't a terminal may be kept by somebody.
  if (isNewAdmin && process.stdout.isTTY) say(`             id ${admin.apiKey}  secret ${admin.apiSecret}`);
  say(`ready in ${(process.uptime()).toFixed(1)} s`);
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog(rotatingFileSink(join(config.home, 'logs', 'control-plane.log')));
  process.on('unhandledRejection', (error) => log.write('error', 'process.unhandled-rejection', { error }));

  // A signal that comes during the start ends what has been started, once the start is over.
  let stopping: Promise<void> | null = null;
  const { startPlatform } = await import('./platform.js');
  const starting = startPlatform({ config, log, say: (line) => say(`  ${line}`) });
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    log.write('info', 'platform.stopping', { signal });
    stopping = starting.then((platform) => platform.close()).then(() => {
      log.write('info', 'platform.stopped', {});
      process.exit(0);
    }, () => process.exit(1));
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);

  const platform = await starting;
  if (stopping) return;
  log.write('info', 'platform.ready', { baseUrl: platform.admin.baseUrl, sinceStartMs: Math.round(process.uptime() * 1000) });
  tell(platform);
}

main().catch((error: unknown) => {
  for (const line of explain(error)) process.stderr.write(`sluice: ${line}\n`);
  process.exit(1);
});
