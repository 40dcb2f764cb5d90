import { effectiveTopicConfig } from './effective-topic-config.js';

const NONE = new Map<string, string>();
const map = (entries: Record<string, string>): Map<string, string> => new Map(Object.entries(entries));

describe('effectiveTopicConfig', () => {
  it("has Kafka's defaults", () => {
    expect(effectiveTopicConfig({ topic: NONE, broker: NONE, clusterDefault: NONE, static: NONE })).toEqual({
      log: {
        segmentBytes: 1073741824, segmentMs: 604800000, segmentJitterMs: 0, segmentIndexBytes: 10485760, indexIntervalBytes: 4096, compacted: false, deletable: true,
        retentionMs: 604800000, retentionBytes: -1, fileDeleteDelayMs: 60000, minCleanableDirtyRatio: 0.5, minCompactionLagMs: 0,
        maxCompactionLagMs: Number.MAX_SAFE_INTEGER, deleteRetentionMs: 86400000,
      },
      maxMessageBytes: 1048588, timestampType: 'CreateTime', timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
      timestampAfterMaxMs: 3600000, compression: 'producer', minInsyncReplicas: 1, flushMessages: Number.MAX_SAFE_INTEGER, flushMs: Number.MAX_SAFE_INTEGER,
    });
  });

  it('has the level of the codec that is stored', () => {
    const level = (topic: Record<string, string>, properties: Record<string, string> = {}): number | undefined => effectiveTopicConfig({ topic: map(topic), broker: NONE, clusterDefault: NONE, static: map(properties) }).compressionLevel;
    expect(level({ 'compression.type': 'gzip' })).toBe(-1);
    expect(level({ 'compression.type': 'gzip', 'compression.gzip.level': '9', 'compression.zstd.level': '1' })).toBe(9);
    expect(level({ 'compression.type': 'zstd' }, { 'compression.zstd.level': '-5' })).toBe(-5);
    expect(level({ 'compression.type': 'lz4', 'compression.lz4.level': '17' })).toBeUndefined();
    expect(level({ 'compression.gzip.level': '9' })).toBeUndefined();
  });

  it('takes the nearest level', () => {
    const levels = {
      topic: map({ 'max.message.bytes': '1' }), broker: map({ 'message.max.bytes': '2' }), clusterDefault: map({ 'message.max.bytes': '3' }), static: map({ 'message.max.bytes': '4' }),
    };
    const size = (without: (keyof typeof levels)[]): number => effectiveTopicConfig({ ...levels, ...Object.fromEntries(without.map((level) => [level, NONE])) }).maxMessageBytes;
    expect([size([]), size(['topic']), size(['topic', 'broker']), size(['topic', 'broker', 'clusterDefault']), size(['topic', 'broker', 'clusterDefault', 'static'])]).toEqual([1, 2, 3, 4, 1048588]);
  });

  it('reads the roll time in hours below the one in milliseconds', () => {
    const segmentMs = (properties: Record<string, string>): number => effectiveTopicConfig({ topic: NONE, broker: NONE, clusterDefault: NONE, static: map(properties) }).log.segmentMs;
    expect(segmentMs({ 'log.roll.hours': '2' })).toBe(7200000);
    expect(segmentMs({ 'log.roll.hours': '2', 'log.roll.ms': '5' })).toBe(5);
  });

  it('ends segments of compacted topics within max.compaction.lag.ms', () => {
    const segmentMs = (topic: Record<string, string>): number => effectiveTopicConfig({ topic: map(topic), broker: NONE, clusterDefault: NONE, static: NONE }).log.segmentMs;
    expect(segmentMs({ 'max.compaction.lag.ms': '1000' })).toBe(604800000);
    expect(segmentMs({ 'max.compaction.lag.ms': '1000', 'cleanup.policy': 'compact,delete' })).toBe(1000);
    expect(segmentMs({ 'max.compaction.lag.ms': '1000', 'cleanup.policy': 'compact', 'segment.ms': '500' })).toBe(500);
  });

  it.each([['compact', true, false], ['delete', false, true], ['compact,delete', true, true], ['delete, compact', true, true]])('reads cleanup.policy %s', (policy, compacted, deletable) => {
    expect(effectiveTopicConfig({ topic: map({ 'cleanup.policy': policy }), broker: NONE, clusterDefault: NONE, static: NONE })).toMatchObject({ log: { compacted, deletable } });
  });

  it('clamps the largest long, and falls through a value that cannot be read', () => {
    const topic = map({ 'message.timestamp.after.max.ms': '9223372036854775807', 'segment.bytes': 'many', 'compression.type': 'uncompressed' });
    const settings = effectiveTopicConfig({ topic, broker: NONE, clusterDefault: NONE, static: map({ 'log.segment.bytes': '2000000' }) });
    expect(settings).toMatchObject({ timestampAfterMaxMs: Number.MAX_SAFE_INTEGER, compression: null });
    expect(settings.log.segmentBytes).toBe(2000000);
  });
});
