/** An idempotent producer: up to five batches in flight a partition, all sent again in order after any failure (KIP-98's contract). */
import type { Cpu } from '#libs/kernel';
import type { BrokerConnection } from '#libs/kafka/client';
import { buildBatch, ErrorCode, InitProducerIdRequest, InitProducerIdResponse, ProduceRequest, ProduceResponse } from '#libs/kafka/protocol';
import type { History } from './history.js';
import { createClientLoop, RoundEnded, type ClientLoop, type SimWorld } from './sim-client.js';

const IN_FLIGHT_MAX = 5;
const PRODUCE_TIMEOUT_MS = 3_000;

interface PendingBatch { partition: number; firstSequence: number; values: string[] }

export interface SimProducer { readonly loop: ClientLoop; readonly pending: number; done: Promise<void> }

export interface SimProducerOptions { name: string; topic: string; topicId: string; partitions: number; cpu: Cpu; history: History; meanPauseMs: number }

export function startProducer(world: SimWorld, options: SimProducerOptions): SimProducer {
  const loop = createClientLoop(world, options.name);
  const { random } = world;
  const lanes = Array.from({ length: options.partitions }, (_, partition) => ({ partition, nextSequence: 0, pending: [] as PendingBatch[] }));
  let producerId: number | null = null;
  let serial = 0;

  async function identity(connection: BrokerConnection): Promise<number> {
    if (producerId !== null) return producerId;
    const answer = await connection.send(InitProducerIdRequest, InitProducerIdResponse, { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 });
    if (answer.errorCode !== ErrorCode.NONE) throw new RoundEnded();
    producerId = answer.producerId;
    return producerId;
  }

  function newBatch(lane: (typeof lanes)[number]): PendingBatch {
    const values = Array.from({ length: 1 + random.int(3) }, () => `${options.name}-${serial++}`);
    const batch = { partition: lane.partition, firstSequence: lane.nextSequence, values };
    values.forEach((value, index) => options.history.sent(options.name, lane.partition, value, lane.nextSequence + index));
    lane.nextSequence += values.length;
    lane.pending.push(batch);
    return batch;
  }

  async function send(connection: BrokerConnection, batch: PendingBatch, id: number): Promise<void> {
    const records = buildBatch(batch.values.map((value) => ({ key: null, value: Buffer.from(value) })), options.cpu, {
      timestampMs: world.scheduler.clock.now(), producerId: id, producerEpoch: 0, baseSequence: batch.firstSequence,
    });
    const topicData = [{ topicId: options.topicId, partitionData: [{ index: batch.partition, records }] }];
    const answer = await connection.send(ProduceRequest, ProduceResponse, { acks: -1, timeoutMs: PRODUCE_TIMEOUT_MS, topicData });
    const result = answer.responses[0]!.partitionResponses[0]!;
    if (result.errorCode !== ErrorCode.NONE) throw new RoundEnded();
    const lane = lanes[batch.partition]!;
    const at = lane.pending.indexOf(batch);
    if (at >= 0) lane.pending.splice(at, 1);
    batch.values.forEach((value, index) => options.history.acknowledged(batch.partition, value, result.baseOffset + index));
  }

  async function round(connection: BrokerConnection): Promise<void> {
    const id = await identity(connection);
    let failed = false;
    const underWay = new Set<Promise<void>>();
    const start = (batch: PendingBatch): void => {
      const sending: Promise<void> = send(connection, batch, id).catch(() => { failed = true; }).finally(() => underWay.delete(sending));
      underWay.add(sending);
    };
    for (const lane of lanes) for (const batch of lane.pending) start(batch);
    while (!failed && !loop.stopped) {
      const lane = lanes[random.int(lanes.length)]!;
      if (lane.pending.length < IN_FLIGHT_MAX) start(newBatch(lane));
      await loop.sleep(random.int(2 * options.meanPauseMs));
    }
    // Stopping is orderly: what is in flight gets its answer, or the next round sends it again.
    if (!failed) await Promise.all(underWay);
    throw new RoundEnded();
  }

  return { loop, get pending() { return lanes.reduce((sum, lane) => sum + lane.pending.length, 0); }, done: loop.run(round) };
}
