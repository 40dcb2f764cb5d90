import { buildBatch } from '#libs/kafka/protocol';
import { createMemoryDisk, createTestEnv, type TestEnv } from '#libs/kernel/testing';
import type { PartitionLog } from './api.js';
import { appendEach, appendKeyed, batchesOf, clean, COMPACTED, found, reopened } from './clean.fixture.js';
import { encodeTransactionIndex, readTransactionIndex, type AbortedTransaction } from './clean-transactions.js';
import { DIRECTORY, openTestLog } from './log.fixture.js';

describe('producers and the cleaner', () => {
  it('the last batch of a producer stays, without records, and tells its sequence when the snapshots are gone', async () => {
    const disk = createMemoryDisk();
    const env = createTestEnv({ disk });
    const log = openTestLog(env, { config: COMPACTED });
    for (let sequence = 0; sequence < 8; sequence += 2) {
      appendKeyed(env, log, [{ key: 'a', value: `${sequence}` }, { key: 'b', value: `${sequence}` }], { producerId: 41, producerEpoch: 3, baseSequence: sequence });
    }
    appendEach(env, log, 'a=9', 'b=9', 'c=9');
    log.roll();
    log.updateConfig({ ...COMPACTED, segmentBytes: 10_000 });
    await clean(log);
    expect(found(env, log)).toBe('8:a=9 9:b=9 10:c=9');
    expect(batchesOf(env, log)[0]!.header).toMatchObject({ baseOffset: 6, lastOffsetDelta: 1, count: 0, producerId: 41, producerEpoch: 3, baseSequence: 6, baseTimestamp: -1 });
    const known = { producerId: 41, epoch: 3, batches: [{ firstSequence: 6, lastSequence: 7, lastOffset: 7, timestamp: env.clock.now() }], lastTimestamp: env.clock.now() };
    await log.close();
    for (const name of disk.list(DIRECTORY)) if (name.endsWith('.snapshot')) disk.remove(`${DIRECTORY}/${name}`);
    const next = await reopened(disk);
    expect(next.log.producer(41)).toMatchObject(known);
    // It writes something new, and the empty batch is of no more use.
    appendKeyed(next.env, next.log, [{ key: 'd', value: '1' }], { producerId: 41, producerEpoch: 3, baseSequence: 8 });
    next.log.roll();
    await clean(next.log);
    expect(batchesOf(next.env, next.log).map(({ header }) => header.baseOffset)).toEqual([8, 9, 10, 11]);
    expect(next.log.producer(41)!.batches.at(-1)).toMatchObject({ lastSequence: 8, lastOffset: 11 });
  });
});

const marker = (type: number): { key: Buffer; value: Buffer } => ({ key: Buffer.from([0, 0, 0, type]), value: Buffer.alloc(6) });

/** As Apache Kafka leaves them: transactional batches, markers, and aborted ones in the segment's index. */
function transactional(env: TestEnv, log: PartitionLog): AbortedTransaction {
  const of = (producerId: number, baseSequence: number) => ({ producerId, producerEpoch: 0, baseSequence, transactional: true });
  const end = (producerId: number, type: number): void => {
    log.append(buildBatch([marker(type)], env.cpu, { timestampMs: env.clock.now(), producerId, producerEpoch: 0, transactional: true, control: true }), { leaderEpoch: 0, logAppendTimeMs: null });
  };
  appendKeyed(env, log, [{ key: 'a', value: 'committed' }], of(1, 0));
  appendKeyed(env, log, [{ key: 'a', value: 'aborted' }, { key: 'b', value: 'aborted' }], of(2, 0));
  end(1, 1);
  end(2, 0);
  appendEach(env, log, 'c=1');
  const file = env.disk.open(`${DIRECTORY}/00000000000000000000.txnindex`, 'readwrite');
  const aborted = { producerId: 2, firstOffset: 1, lastOffset: 4, lastStableOffset: 5 };
  file.write(0, [encodeTransactionIndex([aborted])]);
  file.close();
  return aborted;
}

describe('transactions that Apache Kafka left', () => {
  it('aborted records go and hide nothing; markers stay while data does, then until their horizon', async () => {
    const env = createTestEnv();
    const log = openTestLog(env, { config: { ...COMPACTED, segmentBytes: 10_000 } });
    const aborted = transactional(env, log);
    log.roll();
    await clean(log);
    const kept = (): string => batchesOf(env, log).map(({ header }) => `${header.baseOffset}${(header.attributes & 0x20) === 0 ? '' : 'm'}/${header.count}`).join(' ');
    // The producer's last data batch stays empty.
    expect(kept()).toBe('0/1 1/0 3m/1 4m/1 5/1');
    expect(readTransactionIndex(env.disk, DIRECTORY, 0)).toEqual([aborted]);
    // The producers are forgotten: their batches have nothing left to tell.
    log.expireProducers(env.clock.now() + 2, 1);
    const pass = async (record: string): Promise<string> => {
      appendEach(env, log, record);
      log.roll();
      await clean(log);
      return kept();
    };
    expect(await pass('a=2')).toBe('3m/1 4m/1 5/1 6/1');
    // This pass saw their last batches go; the next finds none and says until when the markers stay.
    expect(batchesOf(env, log).map(({ header }) => header.attributes & 0x40)).toEqual([0, 0, 0, 0]);
    expect(await pass('d=1')).toBe('3m/1 4m/1 5/1 6/1 7/1');
    expect(batchesOf(env, log).map(({ header }) => header.attributes & 0x40)).toEqual([0x40, 0x40, 0, 0, 0]);
    expect(env.disk.stat(`${DIRECTORY}/00000000000000000000.txnindex`)).toBeNull();
    await env.advance(COMPACTED.deleteRetentionMs);
    expect(await pass('e=1')).toBe('5/1 6/1 7/1 8/1');
  });
  it('an open one holds the cleaner back', async () => {
    const env = createTestEnv();
    const log = openTestLog(env, { config: COMPACTED });
    appendEach(env, log, 'a=1', 'a=2', 'a=3', 'a=4', 'a=5', 'a=6', 'a=7');
    appendKeyed(env, log, [{ key: 'z', value: '1' }], { producerId: 5, producerEpoch: 0, baseSequence: 0, transactional: true });
    appendEach(env, log, 'a=8', 'a=9', 'a=10', 'a=11', 'a=12', 'a=13');
    log.roll();
    expect(log.cleaning()).toMatchObject({ firstUncleanableOffset: 5 });
    await clean(log);
    expect(found(env, log)).toMatch(/^4:a=5 5:a=6 6:a=7 7:z=1 8:a=8/);
  });
});
