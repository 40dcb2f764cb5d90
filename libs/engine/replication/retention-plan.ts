/**
 * Which segments of a log go, and when: Kafka's rules in Kafka's order (log start, size, time), each on what the one before left. Whole
 * segments from the oldest on; never one that reaches beyond the high watermark. An active segment that must go is rolled first. Pure.
 */
import type { LogConfig, SegmentView } from '../log/index.js';

export interface RetentionInput {
  /** In order, the active one last. */
  segments: readonly SegmentView[];
  logStartOffset: number;
  highWatermark: number;
  config: Pick<LogConfig, 'deletable' | 'retentionMs' | 'retentionBytes'>;
  nowMs: number;
}

export type RetentionReason = 'log-start' | 'size' | 'time';

export interface RetentionPlan {
  /** How many segments go, from the oldest on. */
  count: number;
  /** Where the log starts afterwards, at the earliest; below it is nothing that stays. */
  logStartOffset: number;
  /** The active one is among them: another must take its place first. */
  rolls: boolean;
  /** Segments by reason, for the log line. */
  reasons: Partial<Record<RetentionReason, number>>;
}

interface Rule { reason: RetentionReason; takes: (segment: SegmentView, next: SegmentView | undefined) => boolean }

function sizeRule(left: readonly SegmentView[], retentionBytes: number): Rule {
  let excess = left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) - retentionBytes;
  return {
    reason: 'size',
    takes({ sizeBytes }) {
      if (excess < sizeBytes || excess < 0) return false;
      excess -= sizeBytes;
      return true;
    },
  };
}

function rulesFor({ config, logStartOffset, nowMs }: RetentionInput): ((left: readonly SegmentView[]) => Rule)[] {
  const rules: ((left: readonly SegmentView[]) => Rule)[] = [() => ({ reason: 'log-start', takes: (_segment, next) => next !== undefined && next.baseOffset <= logStartOffset })];
  if (config.deletable && config.retentionBytes >= 0) rules.push((left) => sizeRule(left, config.retentionBytes));
  if (config.deletable && config.retentionMs >= 0) rules.push(() => ({ reason: 'time', takes: ({ ageFromMs }) => nowMs - ageFromMs > config.retentionMs }));
  return rules;
}

export function planRetention(input: RetentionInput): RetentionPlan {
  const { segments, highWatermark } = input;
  const plan: RetentionPlan = { count: 0, logStartOffset: input.logStartOffset, rolls: false, reasons: {} };
  for (const ruleFor of rulesFor(input)) {
    const left = segments.slice(plan.count);
    const rule = ruleFor(left);
    let taken = 0;
    for (const [index, segment] of left.entries()) {
      const next = left[index + 1];
      const isEmptyActive = next === undefined && segment.sizeBytes === 0;
      if (isEmptyActive || highWatermark < (next?.baseOffset ?? segment.nextOffset) || !rule.takes(segment, next)) break;
      taken += 1;
    }
    if (taken > 0) plan.reasons[rule.reason] = taken;
    plan.count += taken;
  }
  if (plan.count === 0) return plan;
  plan.rolls = plan.count === segments.length;
  plan.logStartOffset = Math.max(input.logStartOffset, plan.rolls ? segments.at(-1)!.nextOffset : segments[plan.count]!.baseOffset);
  return plan;
}

/**
 * From when on the next check of retention takes each of the segments, in milliseconds of the epoch; null: never, as things stand. What
 * more is written can bring the moment nearer by size; a segment never goes before those that precede it.
 */
export function segmentRetentionTimes(input: RetentionInput): (number | null)[] {
  const { segments, config, nowMs } = input;
  const { count } = planRetention(input);
  const byTime = config.deletable && config.retentionMs >= 0;
  let earliestMs = nowMs;
  return segments.map((segment, index) => {
    if (index < count) return nowMs;
    if (!byTime || segment.sizeBytes === 0) return null;
    earliestMs = Math.max(earliestMs, segment.ageFromMs + config.retentionMs + 1);
    return earliestMs;
  });
}

/**
 * How many bytes have to be written until retention takes each of the segments by size; 0: with the next check, null: never by size. The active
 * one grows by what is written, and goes by size only where nothing is to be kept.
 */
export function segmentRetentionBytes(input: RetentionInput): (number | null)[] {
  const { segments, config: { deletable, retentionBytes } } = input;
  const { count } = planRetention(input);
  let missing = retentionBytes - segments.slice(count).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return segments.map(({ sizeBytes, active }, index) => {
    if (index < count) return 0;
    if (!deletable || retentionBytes < 0 || active) return null;
    missing += sizeBytes;
    return Math.max(0, missing);
  });
}
