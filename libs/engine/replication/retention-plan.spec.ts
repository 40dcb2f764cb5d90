import type { SegmentView } from '../log/index.js';
import { planRetention, segmentRetentionBytes, segmentRetentionTimes, type RetentionInput } from './retention-plan.js';

const NOW = 1_000_000;
/** Segments of ten offsets each: [size, age from]. */
function segmentsOf(...of: [sizeBytes: number, ageFromMs: number][]): SegmentView[] {
  return of.map(([sizeBytes, ageFromMs], index) => ({
    baseOffset: index * 10, nextOffset: sizeBytes === 0 ? index * 10 : index * 10 + 10, sizeBytes, largestTimestamp: ageFromMs, ageFromMs, active: index === of.length - 1,
  }));
}
function input(segments: SegmentView[], over: Partial<Omit<RetentionInput, 'config'>> & { config?: Partial<RetentionInput['config']> } = {}): RetentionInput {
  return { segments, logStartOffset: 0, highWatermark: segments.at(-1)!.nextOffset, nowMs: NOW, ...over, config: { deletable: true, retentionMs: -1, retentionBytes: -1, ...over.config } };
}
const taken = (asked: RetentionInput) => { const { count, logStartOffset, rolls } = planRetention(asked); return [count, logStartOffset, rolls]; };

describe('what retention takes', () => {
  const three = segmentsOf([100, 10], [100, 20], [100, 30]);
  it('is nothing without a limit', () => { expect(taken(input(three))).toEqual([0, 0, false]); });
  it('is by time what is older than the limit, not what is as old', () => {
    expect(taken(input(three, { config: { retentionMs: NOW - 20 } }))).toEqual([1, 10, false]);
    expect(taken(input(three, { config: { retentionMs: NOW - 21 } }))).toEqual([2, 20, false]);
  });
  it('rolls an active segment that is too old, unless it is empty', () => {
    expect(taken(input(three, { config: { retentionMs: 0 } }))).toEqual([3, 30, true]);
    expect(taken(input(segmentsOf([100, 10], [0, 20]), { config: { retentionMs: 0 } }))).toEqual([1, 10, false]);
  });
  it('stops at the first that stays: a timestamp from the future holds what follows', () => {
    expect(taken(input(segmentsOf([100, 10], [100, NOW + 5], [100, 30]), { config: { retentionMs: 100 } }))).toEqual([1, 10, false]);
  });
  it('is by size what leaves at least the limit', () => {
    expect(taken(input(three, { config: { retentionBytes: 200 } }))).toEqual([1, 10, false]);
    expect(taken(input(three, { config: { retentionBytes: 201 } }))).toEqual([0, 0, false]);
    expect(taken(input(three, { config: { retentionBytes: 0 } }))).toEqual([3, 30, true]);
  });
  it('is by log start what ends there, whatever the policy, never the active one', () => {
    const config = { deletable: false, retentionMs: 0, retentionBytes: 0 };
    expect(taken(input(three, { logStartOffset: 19, config }))).toEqual([1, 19, false]);
    expect(taken(input(three, { logStartOffset: 30, config }))).toEqual([2, 30, false]);
  });
  it('never reaches beyond the high watermark', () => {
    expect(taken(input(three, { highWatermark: 29, config: { retentionMs: 0 } }))).toEqual([2, 20, false]);
    expect(taken(input(three, { highWatermark: 9, config: { retentionMs: 0, retentionBytes: 0 } }))).toEqual([0, 0, false]);
  });
  it('counts size on what the log start left, and time on what size left', () => {
    const { reasons, count } = planRetention(input(segmentsOf([100, 10], [100, 20], [100, 30], [100, NOW]), { logStartOffset: 10, config: { retentionBytes: 200, retentionMs: NOW - 100 } }));
    expect([count, reasons]).toEqual([3, { 'log-start': 1, 'size': 1, 'time': 1 }]);
  });
  it('agrees with itself: a second pass over what is left takes nothing', () => {
    for (let seed = 0; seed < 300; seed++) {
      const pick = (salt: number, below: number): number => ((seed * 7919 + salt * 104_729) % 1_000_003) % below;
      const segments = segmentsOf(...Array.from({ length: 1 + pick(1, 6) }, (_, index): [number, number] => [pick(index + 2, 300), pick(index + 20, NOW)]));
      const asked = input(segments, { config: { retentionBytes: pick(50, 3) === 0 ? -1 : pick(51, 900), retentionMs: pick(52, 3) === 0 ? -1 : pick(53, NOW) } });
      const plan = planRetention(asked);
      if (plan.rolls) continue;
      expect(planRetention({ ...asked, segments: segments.slice(plan.count), logStartOffset: plan.logStartOffset }).count).toBe(0);
    }
  });
});

describe('when retention takes a segment', () => {
  it('is now, its time, or that of an older one that stays longer', () => {
    const segments = segmentsOf([100, 10], [100, 500_000], [100, 400_000], [0, 7]);
    expect(segmentRetentionTimes(input(segments, { config: { retentionMs: 600_000 } }))).toEqual([NOW, 1_100_001, 1_100_001, null]);
  });
  it('is never without a limit by time', () => {
    expect(segmentRetentionTimes(input(segmentsOf([1, 1], [1, 1])))).toEqual([null, null]);
    expect(segmentRetentionTimes(input(segmentsOf([1, 1], [1, 1]), { config: { deletable: false, retentionMs: 5 } }))).toEqual([null, null]);
  });
});

describe('how much has to be written until retention takes a segment by size', () => {
  const segments = segmentsOf([100, 10], [200, 20], [50, 30]);
  it('is what the log lacks of its limit and of the segments up to it, never for the active one', () => {
    expect(segmentRetentionBytes(input(segments, { config: { retentionBytes: 1_000 } }))).toEqual([750, 950, null]);
    expect(segmentRetentionBytes(input(segments, { config: { retentionBytes: 350 } }))).toEqual([100, 300, null]);
  });
  it('is nothing for what the next check takes, and is counted on what that leaves', () => {
    expect(segmentRetentionBytes(input(segments, { config: { retentionBytes: 250 } }))).toEqual([0, 200, null]);
    expect(segmentRetentionBytes(input(segments, { config: { retentionBytes: 300, retentionMs: NOW - 15 } }))).toEqual([0, 250, null]);
    expect(segmentRetentionBytes(input(segments, { config: { retentionBytes: 0 } }))).toEqual([0, 0, 0]);
  });
  it('is never without a limit by size', () => {
    expect(segmentRetentionBytes(input(segments, { config: { retentionMs: NOW } }))).toEqual([null, null, null]);
    expect(segmentRetentionBytes(input(segments, { config: { deletable: false, retentionBytes: 0 } }))).toEqual([null, null, null]);
  });
  it('is what the plan says: so much written takes the segment, a byte less does not', () => {
    const asked = input(segments, { config: { retentionBytes: 1_000 } });
    segmentRetentionBytes(asked).forEach((bytes, index) => {
      if (bytes === null) return;
      const grown = (more: number): number => planRetention({ ...asked, segments: [...segments.slice(0, -1), { ...segments.at(-1)!, sizeBytes: 50 + more }] }).count;
      expect([grown(bytes - 1), grown(bytes)]).toEqual([index, index + 1]);
    });
  });
});
