/**
 * The active controller of a quorum of one. One mailbox: each operation decides on the committed image, appends one batch, waits for the
 * disk, replays into the next image, tells listeners, and answers. Nobody sees an image that isn't durable.
 */
import type { Env } from '#libs/kernel';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { decideCreateAcls, decideDeleteAcls } from './acls.control.js';
import type { Controller, MetadataImage } from './api.js';
import { decideShutdown } from './brokers.control.js';
import { decideAlterConfigs } from './configs.control.js';
import { brokerConfig } from './config-definitions/index.js';
import type { Decision } from './control-result.js';
import { appendAndReplay, startController, type ControllerOptions, type StartedController } from './controller-start.js';
import { isDiskFull } from '../log/index.js';
import { imageRecords } from './image-records.js';
import type { ControllerImage } from './image.js';
import { createMailbox } from './mailbox.js';
import { decideElectLeaders } from './elections.control.js';
import { decideCreatePartitions } from './partitions.control.js';
import { decideAllocateProducerIds } from './producer-ids.control.js';
import { decideReassignments } from './reassignments.control.js';
import { decideAlterQuotas } from './quotas.control.js';
import { decideAlterScramUsers } from './scram-users.control.js';
import { decideCreateTopics, decideDeleteTopics } from './topics.control.js';

type ImageListener = (next: MetadataImage, previous: MetadataImage) => void;
const SNAPSHOT_RETRY_MS = 60_000;

interface Core {
  readonly image: ControllerImage;
  /** End of what is on disk. */
  readonly highWatermark: number;
  onImage(listener: ImageListener): void;
  /** Decide → append → flush → replay → publish → answer. `validateOnly` decides only. */
  submit<T>(decide: (image: ControllerImage) => Decision<T>, validateOnly?: boolean): Promise<T>;
  shutdown(): Promise<void>;
}

interface SnapshotRule { afterBytes: number; afterMs: number }

/** A snapshot is made after so much log, or so long after the last one; as in Kafka both are settled at the start, and an interval of 0 is none. */
function snapshotRule(image: ControllerImage, options: ControllerOptions): SnapshotRule {
  const settings = brokerConfig(image, options.config);
  return { afterBytes: settings.number('metadata.log.max.record.bytes.between.snapshots'), afterMs: settings.number('metadata.log.max.snapshot.interval.ms') || Infinity };
}

function createCore(env: Env, started: StartedController, options: ControllerOptions): Core {
  const { log, replayer } = started;
  const { nodeId } = options.config;
  const mailbox = createMailbox();
  const listeners: ImageListener[] = [];
  let image = replayer.image();
  const { afterBytes, afterMs } = snapshotRule(image, options);
  let refused: KafkaError | null = null;
  let nextSnapshotMs = 0;
  let highWatermark = log.endOffset;

  const fail = (error: unknown): never => {
    refused = new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, 'The metadata log failed.');
    env.log.write('error', 'controller.failed', { detail: error instanceof Error ? error.message : String(error) });
    options.onFatal?.(error);
    throw refused;
  };
  const commit = async (records: Decision<unknown>['records']): Promise<void> => {
    if (records.length === 0) return;
    const before = log.endOffset;
    try {
      appendAndReplay(log, replayer, records);
      const { endOffset } = log;
      await log.flush();
      highWatermark = endOffset;
      const previous = image;
      image = replayer.image();
      for (const listener of listeners) listener(image, previous);
    } catch (error) {
      // A full disk took nothing of the operation: it may be asked for again, and the controller goes on.
      if (isDiskFull(error) && log.endOffset === before) throw new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, 'The disk has no room for the change.');
      fail(error);
    }
  };
  const snapshotIfDue = async (): Promise<void> => {
    const { bytes, fromMs } = log.sinceSnapshot;
    const now = env.clock.now();
    if (refused !== null || bytes === 0 || now < nextSnapshotMs) return;
    if (bytes < afterBytes && now - fromMs < afterMs) return;
    try {
      await log.snapshot(imageRecords(image));
    } catch (error) {
      // The log still says everything; only the next start takes longer.
      nextSnapshotMs = now + SNAPSHOT_RETRY_MS;
      env.log.write('error', 'controller.snapshot.failed', { detail: error instanceof Error ? error.message : String(error) });
    }
  };
  const afterwards = (): void => {
    const { bytes, fromMs } = log.sinceSnapshot;
    if (bytes >= afterBytes || env.clock.now() - fromMs >= afterMs) {
      mailbox.run(snapshotIfDue).catch((error: unknown) => env.log.write('warn', 'controller.snapshot.skipped', { detail: String(error) }));
    }
  };
  return {
    get image() { return image; },
    get highWatermark() { return highWatermark; },
    onImage: (listener) => { listeners.push(listener); },
    async submit(decide, validateOnly = false) {
      const result = await mailbox.run(async () => {
        if (refused !== null) throw refused;
        const decision = decide(image);
        if (!validateOnly) await commit(decision.records);
        return decision.result;
      });
      afterwards();
      return result;
    },
    shutdown: () => mailbox.run(async () => {
      if (refused !== null) throw refused;
      await commit(decideShutdown(image, nodeId));
      refused = new KafkaError(ErrorCode.BROKER_NOT_AVAILABLE, 'The controller has stopped.');
      await log.close();
    }),
  };
}

/** Resolves when the broker is registered, unfenced, and leads its partitions in a durable image. Throws an OperationalError when the directory can't be used. */
export async function createController(env: Env, options: ControllerOptions): Promise<Controller> {
  const started = await startController(env, options);
  const core = createCore(env, started, options);
  const { config } = options;
  const defaults = { numPartitions: config.numPartitions, replicationFactor: config.defaultReplicationFactor };
  env.log.write('info', 'controller.active', { epoch: started.log.epoch, brokerEpoch: started.brokerEpoch, topics: core.image.topics.size, partitions: core.image.partitionCount });
  return {
    get image() { return core.image; },
    nodeId: config.nodeId,
    leaderEpoch: started.log.epoch,
    onImage: core.onImage,
    createTopics: (topics, { validateOnly, charge }) => core.submit((image) => decideCreateTopics(image, topics, config, defaults, env.random, charge), validateOnly),
    deleteTopics: (topicIds, options) => core.submit((image) => decideDeleteTopics(image, topicIds, options?.charge)),
    createPartitions: (topics, { validateOnly, charge }) => core.submit((image) => decideCreatePartitions(image, topics, env.random, charge), validateOnly),
    alterConfigs: (resources, { validateOnly }) => core.submit((image) => decideAlterConfigs(image, resources, config), validateOnly),
    createAcls: (bindings) => core.submit((image) => decideCreateAcls(image, bindings, env.random)),
    deleteAcls: (filters) => core.submit((image) => decideDeleteAcls(image, filters)),
    alterClientQuotas: (alterations, { validateOnly }) => core.submit((image) => decideAlterQuotas(image, alterations), validateOnly),
    alterScramUsers: (deletions, upsertions, isReserved) => core.submit((image) => decideAlterScramUsers(image, deletions, upsertions, isReserved)),
    electLeaders: (electionType, partitions) => core.submit((image) => decideElectLeaders(image, config.nodeId, electionType, partitions)),
    alterPartitionReassignments: (asked, how) => core.submit((image) => decideReassignments(image, config.nodeId, asked, how)),
    quorum() {
      const { name, host, port } = options.controllerEndpoint;
      return {
        leaderId: config.nodeId, leaderEpoch: started.log.epoch, highWatermark: core.highWatermark, logEndOffset: started.log.endOffset,
        directoryId: started.directoryId, listener: { name, host, port },
      };
    },
    allocateProducerIds: () => core.submit((image) => decideAllocateProducerIds(image, config.nodeId)),
    async shutdown() {
      await core.shutdown();
      return { brokerEpoch: started.brokerEpoch };
    },
  };
}
