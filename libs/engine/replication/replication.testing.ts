/** What specs of the data path stand on: a controller whose image a test sets, and batches made by a producer. */
import { buildBatch, type BatchOptions } from '#libs/kafka/protocol';
import { createTestCpu, type TestEnv } from '#libs/kernel/testing';
import type { Controller, MetadataImage, PartitionImage, TopicImage } from '../controller/index.js';
import { createReplicaManager, type ReplicaManagerOptions, type StartedReplicaManager } from './replica-manager.js';

export const NODE_ID = 1;
export const LOG_DIR = '/data';

export interface TestTopic {
  name: string;
  topicId?: string;
  partitions?: number;
  leader?: number;
  leaderEpoch?: number;
  replicas?: readonly number[];
  isr?: readonly number[];
  isInternal?: boolean;
  configs?: Record<string, string>;
}

/** 22 characters that begin with the name. */
export const topicIdOf = (name: string): string => Buffer.concat([Buffer.from(name), Buffer.alloc(16, 0x61)]).subarray(0, 16).toString('base64url');

export function testImage(topics: readonly TestTopic[], brokerConfigs: Record<string, string> = {}): MetadataImage {
  const partition = (topic: TestTopic, index: number): PartitionImage => ({
    partition: index, replicas: topic.replicas ?? [NODE_ID], isr: topic.isr ?? [NODE_ID], leader: topic.leader ?? NODE_ID, leaderEpoch: topic.leaderEpoch ?? 0,
    partitionEpoch: 0, directories: [],
  });
  const images = topics.map((topic): TopicImage => ({
    name: topic.name, topicId: topic.topicId ?? topicIdOf(topic.name), isInternal: topic.isInternal ?? false,
    partitions: Array.from({ length: topic.partitions ?? 1 }, (_, index) => partition(topic, index)),
  }));
  return {
    offset: 1, epoch: 1, clusterId: 'c', topics: new Map(images.map((image) => [image.name, image])), topicNames: new Map(images.map((image) => [image.topicId, image.name])),
    brokers: new Map([[NODE_ID, { nodeId: NODE_ID, rack: null, epoch: 1, incarnationId: 'i', fenced: false, endpoints: [{ listener: 'EXTERNAL', host: 'broker.test', port: 9092, securityProtocol: 'SASL_SSL' }] }]]),
    features: new Map(), acls: new Map(), quotas: new Map(), scramUsers: new Map(),
    configs: (type, name) => new Map(Object.entries((type === 2 ? topics.find((topic) => topic.name === name)?.configs : name === '' ? brokerConfigs : undefined) ?? {})),
    configResources: () => [],
  };
}

export interface TestController extends Pick<Controller, 'image' | 'onImage' | 'allocateProducerIds'> {
  publish(image: MetadataImage): void;
  blocks: number;
}

export function createTestController(image: MetadataImage): TestController {
  const listeners: ((next: MetadataImage, previous: MetadataImage) => void)[] = [];
  const controller: TestController & { image: MetadataImage } = {
    image, blocks: 0,
    onImage: (listener) => { listeners.push(listener); },
    publish(next) {
      const previous = controller.image;
      controller.image = next;
      for (const listener of listeners) listener(next, previous);
    },
    allocateProducerIds: () => Promise.resolve({ first: 1000 * controller.blocks++, length: 1000 }),
  };
  return controller;
}

export interface TestBroker { controller: TestController; replicas: StartedReplicaManager; failures: unknown[] }

export async function startTestBroker(env: TestEnv, image: MetadataImage, options: { flushMode?: 'ack' | 'os'; properties?: Record<string, string>; cleanShutdown?: boolean; openLog?: ReplicaManagerOptions['openLog']; cleanerBytesMax?: number } = {}): Promise<TestBroker> {
  const controller = createTestController(image);
  const failures: unknown[] = [];
  const replicas = createReplicaManager(env, {
    config: { nodeId: NODE_ID, flushMode: options.flushMode ?? 'os', properties: new Map(Object.entries(options.properties ?? {})) },
    controller, logDir: LOG_DIR, onStorageFailure: (error) => { failures.push(error); }, ...(options.openLog === undefined ? {} : { openLog: options.openLog }),
    ...(options.cleanerBytesMax === undefined ? {} : { cleanerBytesMax: options.cleanerBytesMax }),
  });
  await replicas.start({ cleanShutdown: options.cleanShutdown ?? false });
  return { controller, replicas, failures };
}

const cpu = createTestCpu();

/** One signed batch with these values, as a producer sends it. */
export function produced(values: readonly string[], options: Partial<BatchOptions> & { key?: string | null } = {}): Buffer {
  const { key = 'k', ...batch } = options;
  return buildBatch(values.map((value) => ({ key: key === null ? null : Buffer.from(key), value: Buffer.from(value) })), cpu, { timestampMs: 1_700_000_000_000, ...batch });
}
