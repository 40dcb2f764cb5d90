/** Readers: one that follows all partitions and writes down what it sees, and one that reads everything from the start. */
import type { Cpu } from '#libs/kernel';
import type { BrokerConnection } from '#libs/kafka/client';
import { batchSizeAt, BATCH_OVERHEAD, ErrorCode, errorName, FetchRequest, FetchResponse, ListOffsetsRequest, ListOffsetsResponse, readRecords } from '#libs/kafka/protocol';
import type { History } from './history.js';
import { createClientLoop, RoundEnded, type ClientLoop, type SimWorld } from './sim-client.js';

export interface ReadRecord { offset: number; value: string }

const FETCH_BYTES = 1 << 20;
const MAX_WAIT_MS = 300;
const EARLIEST_TIMESTAMP = -2;
const LATEST_TIMESTAMP = -1;

export interface Fetched { records: ReadRecord[]; highWatermark: number; outOfRange: boolean }

/** Decodes whole batches; a partial one at the end is left alone. */
export function decodeBatches(bytes: Buffer, cpu: Cpu): ReadRecord[] {
  const records: ReadRecord[] = [];
  for (let at = 0; at + BATCH_OVERHEAD <= bytes.length;) {
    const size = batchSizeAt(bytes, at);
    if (at + size > bytes.length) break;
    for (const record of readRecords(bytes.subarray(at, at + size), cpu, FETCH_BYTES)) records.push({ offset: record.offset, value: record.value?.toString() ?? '' });
    at += size;
  }
  return records;
}

export async function fetchFrom(connection: BrokerConnection, topicId: string, positions: ReadonlyMap<number, number>, cpu: Cpu, maxWaitMs: number): Promise<Map<number, Fetched>> {
  const partitions = [...positions].map(([partition, fetchOffset]) => ({ partition, fetchOffset, currentLeaderEpoch: -1, logStartOffset: -1, partitionMaxBytes: FETCH_BYTES }));
  const answer = await connection.send(FetchRequest, FetchResponse, { maxWaitMs, minBytes: 1, maxBytes: FETCH_BYTES, isolationLevel: 0, sessionId: 0, sessionEpoch: -1, topics: [{ topicId, partitions }] });
  if (answer.errorCode !== ErrorCode.NONE) throw new RoundEnded();
  const result = new Map<number, Fetched>();
  for (const partition of answer.responses[0]?.partitions ?? []) {
    const outOfRange = partition.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE;
    if (partition.errorCode !== ErrorCode.NONE && !outOfRange) throw new RoundEnded(`fetch: ${errorName(partition.errorCode)}`);
    const from = positions.get(partition.partitionIndex)!;
    const records = decodeBatches(partition.records ?? Buffer.alloc(0), cpu).filter((record) => record.offset >= from);
    result.set(partition.partitionIndex, { records, highWatermark: partition.highWatermark, outOfRange });
  }
  return result;
}

async function listOffset(connection: BrokerConnection, topic: string, partition: number, timestamp: number): Promise<number> {
  const answer = await connection.send(ListOffsetsRequest, ListOffsetsResponse, { replicaId: -1, isolationLevel: 0, topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }] });
  const found = answer.topics[0]!.partitions[0]!;
  if (found.errorCode !== ErrorCode.NONE) throw new RoundEnded(`offsets: ${errorName(found.errorCode)}`);
  return found.offset;
}

export const logStartOf = (connection: BrokerConnection, topic: string, partition: number): Promise<number> => listOffset(connection, topic, partition, EARLIEST_TIMESTAMP);
export const highWatermarkOf = (connection: BrokerConnection, topic: string, partition: number): Promise<number> => listOffset(connection, topic, partition, LATEST_TIMESTAMP);

/** Where to go on from a position that is out of range. Only a deletion excuses it: beyond the end there is nothing to go on from. */
async function resetPosition(connection: BrokerConnection, topic: string, partition: number, position: number): Promise<number> {
  const start = await logStartOf(connection, topic, partition);
  if (start <= position) throw new RoundEnded(`${topic}-${partition}: ${position} is out of range and not below ${start}`);
  return start;
}

export interface SimReaderOptions { name: string; topic: string; topicId: string; partitions: number; cpu: Cpu; history: History }

export function startReader(world: SimWorld, options: SimReaderOptions): { loop: ClientLoop; done: Promise<void> } {
  const loop = createClientLoop(world, options.name);
  const positions = new Map(Array.from({ length: options.partitions }, (_, partition) => [partition, 0]));
  const done = loop.run(async (connection) => {
    while (!loop.stopped) {
      const found = await fetchFrom(connection, options.topicId, positions, options.cpu, MAX_WAIT_MS);
      for (const [partition, { records, outOfRange }] of found) {
        if (outOfRange) positions.set(partition, await resetPosition(connection, options.topic, partition, positions.get(partition)!));
        for (const record of records) options.history.read(partition, record.offset, record.value);
        if (records.length) positions.set(partition, records.at(-1)!.offset + 1);
      }
      await loop.sleep(5);
    }
  });
  return { loop, done };
}

/** Everything below the high watermark of each partition, from offset 0 or where the broker says that it begins. */
export async function readAll(connection: BrokerConnection, topic: string, topicId: string, partitions: number, cpu: Cpu): Promise<Map<number, ReadRecord[]>> {
  const all = new Map<number, ReadRecord[]>();
  for (let partition = 0; partition < partitions; partition++) {
    const records: ReadRecord[] = [];
    let position = 0;
    for (;;) {
      const found = (await fetchFrom(connection, topicId, new Map([[partition, position]]), cpu, 0)).get(partition)!;
      if (found.outOfRange) { position = await resetPosition(connection, topic, partition, position); continue; }
      records.push(...found.records);
      position = (records.at(-1)?.offset ?? position - 1) + 1;
      if (position >= found.highWatermark || found.records.length === 0) break;
    }
    all.set(partition, records);
  }
  return all;
}
