/** A controller on a memory disk, for the tests of this folder. */
import { createTestEnv, type TestEnv } from '../../kernel/testing/index.js';
import type { Controller } from './api.js';
import type { ControllerConfig, ControllerOptions } from './controller-start.js';
import { createController } from './create-controller.js';
import type { ControllerImage } from './image.js';
import { imageRecords } from './image-records.js';

export const CLUSTER_ID = '4L6g3nShT-eMCtK--X86sw';
export const DATA = '/data';
export const METADATA = `${DATA}/__cluster_metadata-0`;

export function controllerConfig(overrides: Partial<ControllerConfig> = {}): ControllerConfig {
  return {
    nodeId: 1, clusterId: CLUSTER_ID, rack: null, numPartitions: 3, defaultReplicationFactor: 1, properties: new Map(),
    advertisedListeners: [{ listener: 'EXTERNAL', host: 'broker.example', port: 9092, securityProtocol: 'SASL_SSL' }], ...overrides,
  };
}

export function controllerOptions(overrides: Partial<ControllerOptions> = {}): ControllerOptions {
  return { directory: DATA, config: controllerConfig(), controllerEndpoint: { name: 'CONTROLLER', host: '127.0.0.1', port: 9093, securityProtocol: 'SSL' }, ...overrides };
}

/** Drives virtual time until the promise settles; never more than so many turns. */
export async function settled<T>(env: TestEnv, promise: Promise<T>): Promise<T> {
  let done = false;
  const mark = (): void => { done = true; };
  promise.then(mark, mark);
  for (let turn = 0; turn < 10_000 && !done; turn++) await env.advance(1);
  if (!done) throw new Error('not settled within 10 s of virtual time');
  return promise;
}

export async function startOn(env: TestEnv, overrides: Partial<ControllerOptions> = {}): Promise<Controller> {
  return settled(env, createController(env, controllerOptions(overrides)));
}

/** Everything of an image in one comparable order. */
export function imageContent(controller: Pick<Controller, 'image'>): unknown[] {
  const image = controller.image as ControllerImage;
  return [image.clusterId, image.partitionCount, image.topicNames.size, [...image.collisions].sort(), ...imageRecords(image)];
}
