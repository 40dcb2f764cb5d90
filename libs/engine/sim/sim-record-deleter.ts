/** An operator that deletes records: raises log starts to offsets drawn from what is committed, and looks where the partitions begin. */
import { DeleteRecordsRequest, DeleteRecordsResponse, ErrorCode, errorName } from '#libs/kafka/protocol';
import type { BrokerConnection } from '#libs/kafka/client';
import type { Random } from '#libs/kernel';
import type { History } from './history.js';
import { createClientLoop, RoundEnded, type ClientLoop, type SimWorld } from './sim-client.js';
import { highWatermarkOf, logStartOf } from './sim-reader.js';

export interface SimRecordDeleterOptions { name: string; topic: string; partitions: number; history: History; random: Random }

const DELETE_TIMEOUT_MS = 3_000;

export async function deleteRecordsBelow(connection: BrokerConnection, history: History, topic: string, partition: number, offset: number): Promise<void> {
  history.deletionAsked(partition, offset);
  const answer = await connection.send(DeleteRecordsRequest, DeleteRecordsResponse, { topics: [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }], timeoutMs: DELETE_TIMEOUT_MS });
  const result = answer.topics[0]!.partitions[0]!;
  if (result.errorCode !== ErrorCode.NONE) throw new RoundEnded(`delete records: ${errorName(result.errorCode)}`);
  history.deletionAnswered(partition, result.lowWatermark);
}

export function startRecordDeleter(world: SimWorld, options: SimRecordDeleterOptions): { loop: ClientLoop; done: Promise<void> } {
  const loop = createClientLoop(world, options.name);
  const { topic, partitions, history, random } = options;

  async function round(connection: BrokerConnection): Promise<void> {
    while (!loop.stopped) {
      const partition = random.int(partitions);
      history.foundLogStart(partition, await logStartOf(connection, topic, partition));
      // Mostly a little, sometimes all of it; also what lies below the log start already.
      const highWatermark = await highWatermarkOf(connection, topic, partition);
      await deleteRecordsBelow(connection, history, topic, partition, random.int(4) === 0 ? highWatermark : random.int(highWatermark + 1));
      await loop.sleep(50 + random.int(1_000));
    }
  }
  return { loop, done: loop.run(round) };
}

/** Where each partition begins. */
export async function readLogStarts(connection: BrokerConnection, topic: string, partitions: number): Promise<Map<number, number>> {
  const starts = new Map<number, number>();
  for (let partition = 0; partition < partitions; partition++) starts.set(partition, await logStartOf(connection, topic, partition));
  return starts;
}
