/**
 * One broker process: `broker <server.properties> [--cluster lkc-…] [--log-file path] [--log-level level]`. Exit codes: 0 clean stop, 1 cannot
 * start, 70 a bug, 74 the disk failed. `--cluster` names the cluster in the process table and must be that of the file.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure, OperationalError, type Env } from '#libs/kernel';
import { createNodeEnv } from '#libs/kernel/node';
import { BROKER_LIMITS, createStatusFile, readBrokerSettings, startBroker, type Broker, type BrokerSettings, type StatusFile } from '#libs/engine/broker';
import { parseArguments, type BrokerArguments } from './arguments.js';
import { createBrokerHost } from './broker-host.js';
import { boundHeap } from './heap.js';

const EXIT = { clean: 0, cannotStart: 1, bug: 70, disk: 74 } as const;

/** What the build wrote beside the bundle; null when this isn't one. */
function bundleHash(): string | null {
  try {
    const { hash } = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'bundle.json'), 'utf8')) as { hash?: unknown };
    return typeof hash === 'string' ? hash : null;
  } catch {
    return null;
  }
}

function readSettings({ propertiesFile, cluster }: BrokerArguments): BrokerSettings {
  const settings = readBrokerSettings(readFileSync(propertiesFile, 'utf8'));
  if (cluster !== null && settings.sluiceClusterId !== cluster) throw new Failure('BAD_CONFIG', `--cluster ${cluster} is not sluice.cluster.id of ${propertiesFile}`);
  return settings;
}

interface Running { env: Env; status: StatusFile | null; broker: Broker | null; ending: boolean }

function end(running: Running, code: number, event: string, error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error);
  running.env.log.write('error', event, { reason, ...(error instanceof Failure || error instanceof OperationalError ? { code: error.code } : { error }) });
  // A directory in use has a broker whose word in the status file stands.
  const inUse = error instanceof OperationalError && error.code === 'DIRECTORY_LOCKED';
  if (!inUse && running.status !== null && running.status.phase !== 'failed') running.status.enter('failed', reason);
  process.exit(code);
}

async function stop(running: Running, signal: string): Promise<void> {
  if (running.ending) return;
  running.ending = true;
  running.env.log.write('info', 'signal', { signal });
  setTimeout(() => end(running, EXIT.bug, 'stop-timed-out', 'the stop took too long'), BROKER_LIMITS.shutdownTimeoutMs).unref();
  // Before clients are served there is nothing to save: what a start has written a start can read.
  if (running.broker === null) process.exit(EXIT.clean);
  try {
    await running.broker.shutdown();
    process.exit(EXIT.clean);
  } catch (error) {
    end(running, EXIT.disk, 'stop-failed', error);
  }
}

function readArguments(): BrokerArguments {
  try {
    return parseArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(EXIT.cannotStart);
  }
}

async function main(): Promise<void> {
  boundHeap();
  const args = readArguments();
  const env = createNodeEnv({ ...(args.logFile === null ? {} : { logFile: args.logFile }), logLevel: args.logLevel });
  const running: Running = { env, status: null, broker: null, ending: false };
  process.on('uncaughtException', (error) => end(running, EXIT.bug, 'uncaught-exception', error));
  process.on('unhandledRejection', (error) => end(running, EXIT.bug, 'unhandled-rejection', error));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(running, signal));
  process.on('SIGHUP', () => undefined);
  try {
    const settings = readSettings(args);
    running.status = createStatusFile(env.disk, env.log, settings.statusFile, { pid: process.pid, bundle: bundleHash() }, env.clock.now());
    running.broker = await startBroker({
      env, settings, host: createBrokerHost(), status: running.status, propertiesFile: args.propertiesFile, onFatal: (error) => end(running, EXIT.disk, 'storage-failed', error),
    });
  } catch (error) {
    end(running, EXIT.cannotStart, 'start-failed', error);
  }
}

await main();
