/** Random logs, cleaned again and again, against a model that knows only records: whoever is right about what stays agrees with the other. */
import fc from 'fast-check';
import { createTestEnv } from '#libs/kernel/testing';
import { appendKeyed, clean, COMPACTED, recordsIn, reopened, type FoundRecord } from './clean.fixture.js';
import { DIRECTORY, openTestLog } from './log.fixture.js';
import { createOffsetMap } from './clean-offset-map.js';

const DELETE_RETENTION_MS = COMPACTED.deleteRetentionMs;

type Step =
  | { do: 'append'; records: { key: number; value: number | null }[]; codec: 'gzip' | null }
  | { do: 'roll' } | { do: 'clean'; loadedKeys: number } | { do: 'wait'; ms: number } | { do: 'segmentBytes'; bytes: number } | { do: 'reopen' };

const record = fc.record({ key: fc.integer({ min: 0, max: 6 }), value: fc.option(fc.integer({ min: 0, max: 99 }), { freq: 3 }) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('append' as const), records: fc.array(record, { minLength: 1, maxLength: 4 }), codec: fc.constantFrom('gzip' as const, null) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('roll' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('clean' as const), loadedKeys: fc.integer({ min: 2, max: 12 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: DELETE_RETENTION_MS }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('segmentBytes' as const), bytes: fc.integer({ min: 150, max: 2_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
);

const one = (key: number, value: number | null): Step => ({ do: 'append', records: [{ key, value }], codec: null });
/** A tombstone that the map had no room for, in a segment that was rewritten: its time runs from there on. */
const FULL_MAP: Step[] = [
  one(0, 1), one(1, 1), one(2, null), one(3, 1), { do: 'roll' }, one(4, 1), { do: 'clean', loadedKeys: 2 }, { do: 'wait', ms: DELETE_RETENTION_MS }, { do: 'clean', loadedKeys: 12 }, one(5, 1),
];

interface Modelled extends FoundRecord { batch: number }

/** Records, and until when the tombstones of a batch stay. */
class Model {
  records: Modelled[] = [];
  private readonly horizons = new Map<number, number>();
  private batches = 0;
  append(firstOffset: number, records: readonly Omit<FoundRecord, 'offset'>[]): void {
    const batch = this.batches++;
    records.forEach((each, index) => { this.records.push({ ...each, offset: firstOffset + index, batch }); });
  }
  /** What a pass over everything below `end` leaves, whose map holds the keys from `dirty` on. Segments are rewritten whole, up to `reach`. */
  clean(dirty: number, end: number, reach: number, nowMs: number): void {
    const last = new Map<string, number>();
    for (const { key, offset } of this.records) if (offset >= dirty && offset < end) last.set(key!, offset);
    this.records = this.records.filter(({ key, value, offset, batch }) => {
      if (offset >= end) return true;
      const expired = value === null && (this.horizons.get(batch) ?? Number.POSITIVE_INFINITY) <= nowMs;
      return offset >= (last.get(key!) ?? -1) && !expired;
    });
    this.rewritten(reach, nowMs);
  }
  private rewritten(reach: number, nowMs: number): void {
    for (const { value, batch, offset } of this.records) if (value === null && offset < reach && !this.horizons.has(batch)) this.horizons.set(batch, nowMs + DELETE_RETENTION_MS);
  }
  found(): FoundRecord[] { return this.records.map(({ offset, key, value, timestamp }) => ({ offset, key, value, timestamp })); }
}

it('leaves what a naive model leaves', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), async (steps) => {
    let env = createTestEnv();
    let config = COMPACTED;
    let log = openTestLog(env, { config });
    const model = new Model();
    for (const each of steps) {
      switch (each.do) {
        case 'append': {
          const records = each.records.map(({ key, value }) => ({ key: `k${key}`, value: value === null ? null : String(value), timestamp: env.clock.now() }));
          model.append(log.logEndOffset, records);
          appendKeyed(env, log, records, { codec: each.codec });
          break;
        }
        case 'roll': log.roll(); break;
        case 'wait': await env.advance(each.ms); break;
        case 'segmentBytes': log.updateConfig(config = { ...config, segmentBytes: each.bytes }); break;
        case 'clean': {
          // One slot stays free.
          const sealed = log.segments().filter(({ active }) => !active);
          const info = await clean(log, { bufferBytes: 24 * (each.loadedKeys + 1), loadFactor: 1 });
          if (info !== null) model.clean(info.firstDirtyOffset, info.endOffset, sealed.findLast(({ baseOffset }) => baseOffset < info.endOffset)!.nextOffset, env.clock.now());
          break;
        }
        case 'reopen': {
          await log.close();
          const nowMs = env.clock.now();
          ({ env, log } = await reopened(env.disk, { config, recoveryPoint: log.recoveryPoint, cleanShutdown: each.do === 'reopen', firstDirtyOffset: log.cleanedTo }));
          await env.advance(nowMs - env.clock.now());
          break;
        }
      }
      expect(recordsIn(env, log)).toEqual(model.found());
    }
    expect(env.disk.list(DIRECTORY).filter((name) => /cleaned|swap/.test(name))).toEqual([]);
    await log.close();
    const last = await reopened(env.disk, { config, recoveryPoint: 0 });
    expect([recordsIn(last.env, last.log), last.log.logEndOffset]).toEqual([model.found(), log.logEndOffset]);
  }), { numRuns: 60, examples: [[FULL_MAP]] });
}, 120_000);

describe('the map of keys', () => {
  const key = (i: number): Buffer => Buffer.from(`key-${i}`);
  it('answers the last offset of each key, far beyond 2^32', () => {
    const map = createOffsetMap({ bufferBytes: 64 << 20, loadFactor: 0.9 });
    for (let i = 0; i < 60_000; i++) expect(map.put(key(i % 25_000), 2 ** 40 + i)).toBe(true);
    expect(map.size).toBe(25_000);
    for (let i = 0; i < 25_000; i++) expect(map.get(key(i))).toBe(2 ** 40 + (i < 10_000 ? 50_000 + i : 25_000 + i));
    expect([map.get(key(25_000)), map.get(Buffer.alloc(0))]).toEqual([-1, -1]);
  }, 60_000);
  it('refuses the key for which there is no room, and knows the others', () => {
    const map = createOffsetMap({ bufferBytes: 24 * 10, loadFactor: 0.5 });
    for (let i = 0; i < 5; i++) expect(map.put(key(i), i)).toBe(true);
    expect([map.put(key(5), 5), map.put(key(1), 6), map.size, map.get(key(5)), map.get(key(1))]).toEqual([false, true, 5, -1, 6]);
  });
});
