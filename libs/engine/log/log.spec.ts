import fc from 'fast-check';
import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import type { PartitionLog } from './api.js';
import { DIRECTORY, openTestLog, readAll, SMALL, splitBatches, testBatch } from './log.fixture.js';

function filled(env: TestEnv, batches: number, options: Parameters<typeof openTestLog>[1] = {}): PartitionLog {
  const log = openTestLog(env, options);
  for (let i = 0; i < batches; i++) log.append(testBatch(env, [`${i}a`, `${i}b`]), { leaderEpoch: 0, logAppendTimeMs: null });
  return log;
}

describe('append and read', () => {
  it('assigns offsets and the epoch in place and rolls by size', () => {
    const env = createTestEnv();
    const log = filled(env, 30);
    expect(log.logEndOffset).toBe(60);
    const views = log.segments();
    expect(views.length).toBeGreaterThan(2);
    expect(views.every((view) => view.sizeBytes <= SMALL.segmentBytes)).toBe(true);
    expect(views.slice(1).map((view) => view.baseOffset)).toEqual(views.slice(0, -1).map((view) => view.nextOffset));
    expect(env.disk.list(DIRECTORY)).toEqual(expect.arrayContaining(['00000000000000000000.log', '00000000000000000000.index', '00000000000000000000.timeindex', 'partition.metadata']));
    expect(env.disk.readFile(`${DIRECTORY}/partition.metadata`)!.toString()).toBe('version: 0\ntopic_id: Zm9vYmFyYmF6cXV4MTIzNA');
    expect(readAll(env, log).map((record) => record.value)).toEqual(Array.from({ length: 30 }, (_, i) => [`${i}a`, `${i}b`]).flat());
  });

  it('reads whole batches from the one that holds the offset, within bytes and bound', () => {
    const env = createTestEnv();
    const log = filled(env, 30);
    const size = testBatch(env, ['0a', '0b']).length;
    const options = { minOneBatch: true, upperOffset: 60 };
    expect(log.read(3, { ...options, maxBytes: size * 2 + 5 })).toMatchObject({ nextOffset: 6 });
    expect(log.read(3, { ...options, maxBytes: 1 })!.bytes.length).toBe(size);
    expect(log.read(3, { ...options, maxBytes: 1, minOneBatch: false })!.bytes.length).toBe(0);
    expect(log.read(2, { ...options, maxBytes: 10_000, upperOffset: 6 })!.nextOffset).toBe(6);
    expect(log.read(6, { ...options, maxBytes: 10_000, upperOffset: 6 })).toBeNull();
    expect(log.read(60, { ...options, maxBytes: 10_000 })).toBeNull();
    expect(() => log.read(61, { ...options, maxBytes: 1 })).toThrow(expect.objectContaining({ code: 'OFFSET_OUT_OF_RANGE' }));
  });

  it('writes the append time and signs again', () => {
    const env = createTestEnv();
    const log = openTestLog(env);
    expect(log.append(testBatch(env, ['a']), { leaderEpoch: 3, logAppendTimeMs: 5000 })).toEqual({ firstOffset: 0, lastOffset: 0, logAppendTimeMs: 5000, maxTimestamp: 5000 });
    expect(readAll(env, log)).toEqual([{ offset: 0, timestamp: 5000, value: 'a' }]);
    expect(log.latestEpoch).toBe(3);
  });

  it('rolls by age and when the indexes are full', () => {
    const env = createTestEnv();
    const log = openTestLog(env, { config: { ...SMALL, segmentBytes: 1 << 20, segmentMs: 100, segmentIndexBytes: 48, indexIntervalBytes: 1 } });
    log.append(testBatch(env, ['a'], { timestamps: [1000] }), { leaderEpoch: 0, logAppendTimeMs: null });
    log.append(testBatch(env, ['b'], { timestamps: [1100] }), { leaderEpoch: 0, logAppendTimeMs: null });
    expect(log.segments().length).toBe(1);
    log.append(testBatch(env, ['c'], { timestamps: [1101] }), { leaderEpoch: 0, logAppendTimeMs: null });
    expect(log.segments().length).toBe(2);
    for (let i = 0; i < 12; i++) log.append(testBatch(env, ['d'], { timestamps: [1102 + i] }), { leaderEpoch: 0, logAppendTimeMs: null });
    expect(log.segments().length).toBeGreaterThan(4);
  });

  it('takes a follower\'s batches over several segments and refuses what does not add up', () => {
    const env = createTestEnv();
    const leader = filled(env, 30);
    const other = createTestEnv();
    const follower = openTestLog(other);
    const bytes = Buffer.concat(leader.segments().map((view) => env.disk.readFile(`${DIRECTORY}/${String(view.baseOffset).padStart(20, '0')}.log`)!));
    expect(follower.appendAsFollower(bytes)).toMatchObject({ firstOffset: 0, lastOffset: 59 });
    expect(readAll(other, follower)).toEqual(readAll(env, leader));
    expect(follower.segments().length).toBeGreaterThan(2);
    expect(() => follower.appendAsFollower(bytes)).toThrow(expect.objectContaining({ code: 'CORRUPT_MESSAGE' }));
    const damaged = Buffer.from(splitBatches(bytes)[0]!);
    damaged[70]! ^= 1;
    expect(() => openTestLog(createTestEnv()).appendAsFollower(damaged)).toThrow(expect.objectContaining({ code: 'CORRUPT_MESSAGE' }));
    expect(() => follower.append(bytes, { leaderEpoch: 0, logAppendTimeMs: null })).toThrow(expect.objectContaining({ code: 'CORRUPT_MESSAGE' }));
  });

  it('leaves nothing behind when the disk is full, and goes on afterwards', () => {
    const env = createTestEnv();
    const log = filled(env, 3);
    env.disk.failWrite(1, { keptBytes: 20, matches: (path) => path.endsWith('.log') });
    expect(() => log.append(testBatch(env, ['x']), { leaderEpoch: 0, logAppendTimeMs: null })).toThrow(expect.objectContaining({ code: 'WRITE_REFUSED' }));
    expect(log.logEndOffset).toBe(6);
    log.append(testBatch(env, ['y']), { leaderEpoch: 0, logAppendTimeMs: null });
    expect(readAll(env, log).at(-1)).toMatchObject({ offset: 6, value: 'y' });
  });

  it.each(['.log', '.snapshot'])('fails for good when a write of a %s meets another error than a full disk', (suffix) => {
    const env = createTestEnv();
    const log = filled(env, 8);
    const write = (size: number) => () => log.append(testBatch(env, ['x'.repeat(size)]), { leaderEpoch: 0, logAppendTimeMs: null });
    env.disk.failWrite(1, { code: 'EDQUOT', matches: (path) => path.endsWith(suffix) });
    expect(write(600)).toThrow(expect.objectContaining({ code: 'WRITE_REFUSED', retryable: true }));
    env.disk.failWrite(1, { code: 'EIO', keptBytes: 20, matches: (path) => path.endsWith(suffix) });
    expect(write(600)).toThrow(expect.objectContaining({ code: 'LOG_FAILED', retryable: false }));
    expect(write(1)).toThrow(expect.objectContaining({ code: 'LOG_FAILED' }));
  });

  it('refuses a roll whole', () => {
    const env = createTestEnv();
    const log = filled(env, 8);
    const before = log.segments();
    env.disk.failWrite(1, { matches: (path) => path.endsWith('.snapshot') });
    expect(() => log.append(testBatch(env, ['x'.repeat(600)]), { leaderEpoch: 0, logAppendTimeMs: null })).toThrow(expect.objectContaining({ code: 'WRITE_REFUSED' }));
    expect(log.segments()).toEqual(before);
    log.append(testBatch(env, ['x'.repeat(600)]), { leaderEpoch: 0, logAppendTimeMs: null });
    expect(readAll(env, log)).toHaveLength(17);
  });
});

describe('flush', () => {
  it('shares one sync among all that wait for it', async () => {
    const env = createTestEnv({ syncLatencyMs: 5 });
    const log = openTestLog(env);
    const ended: number[] = [];
    const write = (id: number): void => {
      log.append(testBatch(env, ['a']), { leaderEpoch: 0, logAppendTimeMs: null });
      void log.flush().then(() => ended.push(id));
    };
    write(1);
    write(2);
    await env.advance(1);
    expect(log.recoveryPoint).toBe(0);
    const syncs = env.disk.counts().syncs;
    write(3);
    write(4);
    write(5);
    await env.advance(60);
    expect(ended).toEqual([1, 2, 3, 4, 5]);
    expect(log.recoveryPoint).toBe(5);
    expect(env.disk.counts().syncs).toBe(syncs + 1);
  });

  it('fails for good when a sync fails', async () => {
    const env = createTestEnv();
    const log = filled(env, 1);
    env.disk.failNextSync((path) => path.endsWith('.log'));
    const first = log.flush();
    await expect(first).rejects.toMatchObject({ code: 'LOG_FAILED' });
    expect(log.failed).not.toBeNull();
    await expect(log.flush()).rejects.toMatchObject({ code: 'LOG_FAILED' });
    expect(() => log.append(testBatch(env, ['a']), { leaderEpoch: 0, logAppendTimeMs: null })).toThrow(expect.objectContaining({ code: 'LOG_FAILED' }));
    expect(log.recoveryPoint).toBe(0);
    await expect(log.close()).rejects.toMatchObject({ code: 'LOG_FAILED' });
  });

  it('does not count what was truncated under a sync', async () => {
    const env = createTestEnv({ syncLatencyMs: 5 });
    const log = filled(env, 5);
    const flushed = log.flush();
    await env.advance(1);
    log.truncateTo(4);
    for (let i = 0; i < 4; i++) log.append(testBatch(env, ['new']), { leaderEpoch: 1, logAppendTimeMs: null });
    await env.advance(60);
    await flushed;
    expect(log.recoveryPoint).toBe(4);
  });
});

describe('truncation, log start, epochs', () => {
  it('truncates by whole batches and forgets what followed', () => {
    const env = createTestEnv();
    const log = filled(env, 20);
    log.append(testBatch(env, ['x'], { producerId: 7, producerEpoch: 0, baseSequence: 0 }), { leaderEpoch: 2, logAppendTimeMs: null });
    expect(log.producer(7)).not.toBeNull();
    log.truncateTo(21);
    expect(log.logEndOffset).toBe(20);
    expect(log.latestEpoch).toBe(0);
    expect(log.producer(7)).toBeNull();
    log.append(testBatch(env, ['y']), { leaderEpoch: 3, logAppendTimeMs: null });
    expect(readAll(env, log).map((record) => record.offset)).toEqual(Array.from({ length: 21 }, (_, i) => i));
    expect(log.endOffsetForEpoch(0)).toEqual({ leaderEpoch: 0, endOffset: 20 });
    expect(log.endOffsetForEpoch(2)).toEqual({ leaderEpoch: 0, endOffset: 20 });
    expect(log.endOffsetForEpoch(3)).toEqual({ leaderEpoch: 3, endOffset: 21 });
    expect(log.endOffsetForEpoch(4)).toBeNull();
    expect([log.epochForOffset(19), log.epochForOffset(20)]).toEqual([0, 3]);
    log.truncateTo(0);
    expect([log.logEndOffset, log.segments().length]).toEqual([0, 1]);
  });

  it('raises the log start, drops segments below it, keeps producers', () => {
    const env = createTestEnv();
    const log = openTestLog(env);
    for (let i = 0; i < 30; i++) log.append(testBatch(env, ['a', 'b'], { producerId: 7, producerEpoch: 0, baseSequence: i * 2 }), { leaderEpoch: 0, logAppendTimeMs: null });
    const segments = log.segments().length;
    log.increaseLogStartOffset(41);
    expect(log.segments().length).toBe(segments);
    expect(() => log.dropSegmentsBelow(42)).toThrow('the log starts at 41');
    log.dropSegmentsBelow(41);
    expect(log.segments().length).toBeLessThan(segments);
    expect(log.logStartOffset).toBe(41);
    expect(() => log.read(40, { maxBytes: 10, minOneBatch: true, upperOffset: 60 })).toThrow(expect.objectContaining({ code: 'OFFSET_OUT_OF_RANGE' }));
    expect(log.producer(7)!.batches.map((batch) => batch.firstSequence)).toEqual([50, 52, 54, 56, 58]);
    expect(() => log.increaseLogStartOffset(61)).toThrow(expect.objectContaining({ code: 'OFFSET_OUT_OF_RANGE' }));
    const again = openTestLog(createTestEnv({ disk: env.disk }), { logStartOffset: 41 });
    expect([again.logStartOffset, again.logEndOffset]).toEqual([41, 60]);
    expect(again.producer(7)!.batches.at(-1)).toMatchObject({ firstSequence: 58, lastSequence: 59, lastOffset: 59 });
  });
});

describe('time', () => {
  it('answers as a search of every record would', () => {
    const timestamps = fc.array(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 25 });
    fc.assert(fc.property(timestamps, fc.nat(30), fc.nat(60), fc.boolean(), (batches, start, cut, gzip) => {
      const env = createTestEnv();
      const log = openTestLog(env, { config: { ...SMALL, indexIntervalBytes: 80 } });
      batches.forEach((times) => log.append(testBatch(env, times.map(String), { timestamps: times, codec: gzip ? 'gzip' : null }), { leaderEpoch: 0, logAppendTimeMs: null }));
      if (start < log.logEndOffset) log.increaseLogStartOffset(start);
      const upper = Math.min(cut, log.logEndOffset);
      // Bounds lie between batches, as a high watermark does.
      const bound = [...Array(upper + 1).keys()].reverse().find((offset) => offset === 0 || log.read(Math.max(offset - 1, log.logStartOffset), { maxBytes: 1, minOneBatch: true, upperOffset: log.logEndOffset })?.nextOffset === offset) ?? 0;
      const visible = readAll(env, log).filter((record) => record.offset < bound);
      for (let target = 0; target <= 61; target += 3) {
        expect(log.offsetForTimestamp(target, bound)?.offset ?? null).toBe(visible.find((record) => record.timestamp >= target)?.offset ?? null);
      }
      const largest = Math.max(...visible.map((record) => record.timestamp));
      const max = log.offsetOfMaxTimestamp(bound);
      expect(max?.timestamp ?? -Infinity).toBe(largest);
    }), { numRuns: 150 });
  });
});

describe('against a model', () => {
  it('keeps what was appended through rolls, truncations, clean and unclean reopening', async () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 4 }), producer: fc.integer({ min: -1, max: 2 }) }),
      fc.record({ kind: fc.constant('truncate' as const), back: fc.nat(6) }),
      fc.record({ kind: fc.constant('start' as const), by: fc.nat(8) }),
      fc.record({ kind: fc.constant('reopen' as const), clean: fc.boolean(), flush: fc.boolean() }),
    );
    await fc.assert(fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
      let env = createTestEnv();
      let log = openTestLog(env);
      let model: { offset: number; value: string; base: number }[] = [];
      let epoch = 0;
      let sequence = 0;
      for (const step of actions) {
        if (step.kind === 'append') {
          const values = Array.from({ length: step.count }, (_, i) => `v${sequence}-${i}`);
          const idempotent = step.producer < 0 ? {} : { producerId: step.producer, producerEpoch: 0, baseSequence: sequence };
          const base = log.logEndOffset;
          log.append(testBatch(env, values, idempotent), { leaderEpoch: epoch, logAppendTimeMs: null });
          model.push(...values.map((value, i) => ({ offset: base + i, value, base })));
          sequence += step.count;
        } else if (step.kind === 'truncate') {
          const target = Math.max(log.logStartOffset, log.logEndOffset - step.back);
          const reached = model.find((record) => record.offset === target)?.base;
          log.truncateTo(target);
          if (reached !== undefined) model = model.filter((record) => record.offset < reached);
          epoch++;
        } else if (step.kind === 'start') {
          const target = Math.min(log.logEndOffset, log.logStartOffset + step.by);
          log.increaseLogStartOffset(target);
          log.dropSegmentsBelow(target);
        } else {
          if (step.flush) await log.flush();
          const { logStartOffset, recoveryPoint, latestEpoch } = log;
          const lastOffsets = log.producers().map((state) => [state.producerId, state.batches.at(-1)]).sort();
          if (step.clean) await log.close();
          else env.disk.crash();
          env = createTestEnv({ disk: env.disk });
          log = openTestLog(env, { logStartOffset, recoveryPoint: step.clean ? log.logEndOffset : recoveryPoint, cleanShutdown: step.clean });
          expect(log.producers().map((state) => [state.producerId, state.batches.at(-1)]).sort()).toEqual(lastOffsets);
          // Epochs without a record are on disk from the flush on.
          if (step.clean || step.flush) expect(log.latestEpoch).toBe(latestEpoch);
        }
        const visible = model.filter((record) => record.offset >= log.logStartOffset);
        expect(readAll(env, log).map(({ offset, value }) => ({ offset, value }))).toEqual(visible.map(({ offset, value }) => ({ offset, value })));
        expect(log.recoveryPoint).toBeLessThanOrEqual(log.logEndOffset);
      }
    }), { numRuns: 120 });
  });
});

it('a roll that a full disk refuses, at whichever write, leaves the log as it was', () => {
  for (let nth = 1; ; nth++) {
    const env = createTestEnv();
    const log = openTestLog(env);
    for (const timestamp of [1000, 2000]) log.append(testBatch(env, ['v'.repeat(40)], { timestamps: [timestamp] }), { leaderEpoch: 0, logAppendTimeMs: null });
    const before = log.segments();
    env.disk.failWrite(nth);
    let refused: unknown = null;
    try { log.roll(); } catch (error) { refused = error; }
    if (refused === null) {
      expect(nth).toBeGreaterThan(1);
      return;
    }
    expect([(refused as { code: string }).code, log.failed, log.segments()]).toEqual(['WRITE_REFUSED', null, before]);
    log.roll();
    expect(log.segments().map(({ baseOffset }) => baseOffset)).toEqual([0, 2]);
  }
});
