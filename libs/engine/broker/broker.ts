/**
 * One broker from its parts. Start: lock, metadata log and controller, replicas with recovery, coordinator, listeners last. Stop: listeners
 * first, then coordinator, replicas (flushed, checkpointed), controller, and last the marker that the stop was clean.
 */
import { join } from 'node:path';
import { OperationalError, type Env } from '#libs/kernel';
import { createController, type Controller } from '../controller/index.js';
import { createGroupCoordinator, OFFSETS_TOPIC, type GroupCoordinator } from '../coordinator/index.js';
import { createMetrics } from '../metrics/index.js';
import { createReplicaManager, takeCleanShutdownMarker, writeCleanShutdownMarker, type ReplicaManager, type StartedReplicaManager } from '../replication/index.js';
import { createAuthorizer, createNamingGuard, createPrincipalStore, withScramUsers, type PrincipalStore } from '../security/index.js';
import { createClientQuotas, createConnectionRates, createHandlers, createKafkaServer, createRequestLatencies, type KafkaServer, type ListenerSpec } from '../server/index.js';
import { isDiskFull } from '../log/index.js';
import { brokerErrors } from './broker.errors.js';
import { connectionLimitsSource, connectionRateSource } from './connection-settings.js';
import { watchDiskLimits, type DiskLimitsSource } from './disk-limits.js';
import { createBrokerMetricSource, type ProcessFigures } from './broker-metrics.js';
import { lockDirectory, type DirectoryLock } from './directory-lock.js';
import type { BrokerSettings } from './server-properties.js';
import type { StatusFile } from './status-file.js';
import { readTls, watchTls } from './tls-files.js';

export interface BrokerHost {
  /** This process, by pid and start time. */
  readonly owner: string;
  isRunning(owner: string): boolean;
  /** Of this process; absent: not told. */
  figures?(): ProcessFigures;
  /** Files and connections that this process may have open; null where nobody knows. */
  readonly openFilesMax: number | null;
}

export interface BrokerOptions {
  env: Env;
  settings: BrokerSettings;
  host: BrokerHost;
  status: StatusFile;
  /** Where the settings came from: the disk's limits are read from it again when it changes. */
  propertiesFile?: string;
  /** The disk refused, or the metadata log broke: the process has to end, so that recovery decides what is on the disk. Called once. */
  onFatal(error: unknown): void;
}

export interface Broker {
  /** Ports by listener name: what port 0 became. */
  readonly ports: ReadonlyMap<string, number>;
  /** To look at, as the simulation does after every event. */
  readonly replicas: Pick<ReplicaManager, 'partitions'>;
  shutdown(): Promise<void>;
}

interface Parts {
  lock: DirectoryLock;
  diskLimits: DiskLimitsSource;
  controller: Controller;
  replicas: StartedReplicaManager;
  groups: GroupCoordinator;
  principals: PrincipalStore;
  server: KafkaServer;
}

function once(report: (error: unknown) => void): (error: unknown) => void {
  let reported = false;
  return (error) => {
    if (reported) return;
    reported = true;
    report(error);
  };
}

async function makeParts(options: BrokerOptions, lock: DirectoryLock): Promise<Parts> {
  const { env, settings } = options;
  const { config, logDir } = settings;
  const onFatal = once(options.onFatal);
  const marker = await takeCleanShutdownMarker(env.disk, logDir);
  options.status.enter('recovering');
  const controller = await createController(env, { directory: logDir, config, controllerEndpoint: settings.controllerEndpoint, onFatal });
  const diskLimits = watchDiskLimits(env, options.propertiesFile ?? null, config.properties);
  const replicas = createReplicaManager(env, { config, controller, logDir, diskLimits: diskLimits.current, producersMax: settings.memory.producersMax, cleanerBytesMax: settings.memory.cleanerBytesMax, onStorageFailure: onFatal });
  await replicas.start({ cleanShutdown: marker.clean });
  const groups = createGroupCoordinator({
    env, config, replicas, offsetsTopicPartitions: () => controller.image.topics.get(OFFSETS_TOPIC)?.partitions.length ?? null, topics: () => controller.image.topics,
    metadataBytesMax: settings.memory.groupMetadataBytesMax, offsetBytesMax: settings.memory.offsetBytesMax,
  });
  controller.onImage((next, previous) => {
    for (const [name, topic] of previous.topics) if (next.topics.get(name)?.topicId !== topic.topicId) groups.onTopicDeleted(name);
  });
  const keys = createPrincipalStore({ disk: env.disk, log: env.log, path: settings.principalsFile, clusterId: settings.sluiceClusterId });
  const principals = withScramUsers({ keys, controller, superUsers: settings.superUsers });
  const authorizer = createAuthorizer({ controller, principals, superUsers: settings.superUsers });
  const naming = createNamingGuard({ principals, superUsers: settings.superUsers, log: env.log });
  const metrics = createMetrics();
  const latencies = createRequestLatencies(env.clock);
  const handlers = createHandlers({ metrics, env, config, controller, replicas, groups, authorizer, principals, naming });
  // The directory's id is random and never leaves the machine.
  const fakeSaltSeed = env.disk.readFile(join(logDir, 'meta.properties'))?.toString('utf8') ?? config.clusterId;
  const server = createKafkaServer({
    env, handlers: handlers.map(latencies.timed), principals, fakeSaltSeed, settings: settings.server, connectionLimits: connectionLimitsSource(() => controller.image, config, options.host.openFilesMax),
    quotas: createClientQuotas({ clock: env.clock, controller, windows: settings.quotaWindows }),
    connectionRates: createConnectionRates({ clock: env.clock, controller, window: settings.quotaWindows.client, rateOf: connectionRateSource(() => controller.image, config) }),
  });
  metrics.add(latencies.families);
  metrics.add(createBrokerMetricSource({ env, logDir, startedMs: env.clock.monotonic(), controller, replicas, groups, server, processFigures: options.host.figures }));
  return { lock, diskLimits, controller, replicas, groups, principals, server };
}

function listenerSpecs({ env, settings }: BrokerOptions): ListenerSpec[] {
  return settings.listeners.map(({ name, host, port, protocol, tls, mechanisms, privileged }) => ({
    name, host: host === '' ? '0.0.0.0' : host, port, protocol, mechanisms, privileged, tls: tls === null ? null : readTls(env.disk, tls),
  }));
}

async function openListeners(specs: readonly ListenerSpec[], server: KafkaServer): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  for (const listener of specs) {
    try {
      ports.set(listener.name, await server.listen(listener));
    } catch (error) {
      throw new OperationalError('LISTEN_FAILED', `listener ${listener.name} cannot use ${listener.host}:${listener.port}: ${(error as Error).message}`, true, { cause: error });
    }
  }
  return ports;
}

async function stopParts({ env, settings }: BrokerOptions, parts: Parts): Promise<void> {
  await parts.server.close();
  parts.principals.close();
  parts.diskLimits.close();
  await parts.groups.shutdown();
  await parts.replicas.shutdown();
  const { brokerEpoch } = await parts.controller.shutdown();
  await writeCleanShutdownMarker(env.disk, settings.logDir, brokerEpoch);
  parts.lock.release();
}

/** Resolves once clients are served. Throws a Failure or an OperationalError that says why it can't be. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { env, settings, status } = options;
  const startedMs = env.clock.monotonic();
  for (const key of settings.unknownKeys) env.log.write('warn', 'unknown-setting', { key });
  if (settings.idleKeys.length > 0) env.log.write('warn', 'settings-without-effect', { keys: settings.idleKeys });
  // Certificates are read first: a start that can't be leaves nothing behind.
  const specs = listenerSpecs(options);
  const sayNoRoom = (error: unknown): never => { throw isDiskFull(error) ? brokerErrors.noRoom(settings.logDir, error) : error; };
  const lock = await lockDirectory(env.disk, settings.logDir, options.host.owner, options.host.isRunning).catch(sayNoRoom);
  status.begin();
  const parts = await makeParts(options, lock).catch(sayNoRoom);
  const ports = await openListeners(specs, parts.server);
  const tlsWatch = watchTls(env.disk, env.log, settings.listeners, (listener, tls) => parts.server.setTls(listener, tls));
  status.enter('ready');
  env.log.write('info', 'broker-ready', { nodeId: settings.config.nodeId, clusterId: settings.config.clusterId, ports: Object.fromEntries(ports), tookMs: Math.round(env.clock.monotonic() - startedMs) });
  let stopping: Promise<void> | null = null;
  return {
    ports,
    replicas: parts.replicas,
    shutdown() {
      stopping ??= (async () => {
        status.enter('stopping');
        tlsWatch.close();
        await stopParts(options, parts);
        env.log.write('info', 'broker-stopped');
      })();
      return stopping;
    },
  };
}
