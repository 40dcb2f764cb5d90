import 'reflect-metadata';
import type { PartitionLogDescription } from '#libs/control/application/data-plane';
import { presentLog, presentPartitionLog, presentSegment } from './log.presenter.js';

const place = { clusterId: 'lkc-1', topic: 'a.b', baseUrl: 'https://sluice.example' };
const log: PartitionLogDescription = {
  partition: 2, leaderEpoch: 4, logStartOffset: 10, highWatermark: 90, logEndOffset: 100, sizeBytes: 4000, firstDirtyOffset: -1, cleanBytes: 0, dirtyBytes: 0, lastCleanedMs: -1, segments: [],
};

it('presents where a log begins and ends', () => {
  expect(presentPartitionLog(log, place)).toEqual({
    api_version: 'sluice/v1', kind: 'PartitionLog', partition_id: 2, topic_name: 'a.b', metadata: { self: 'https://sluice.example/sluice/v1/clusters/lkc-1/topics/a.b/partitions/2' },
    status: { leader_epoch: 4, log_start_offset: 10, high_watermark: 90, log_end_offset: 100, size_bytes: 4000 },
  });
});

it('presents head and tail of a compacted log, and no compaction of another', () => {
  expect(presentLog('delete', log, place).status).toMatchObject({ cleanup_policy: 'delete', compaction: null });
  expect(presentLog('compact', { ...log, firstDirtyOffset: 60, cleanBytes: 1000, dirtyBytes: 3000, lastCleanedMs: 1_700_000_000_000 }, place).status.compaction).toEqual({
    tail: { start_offset: 10, end_offset: 60, size_bytes: 1000 }, head: { start_offset: 60, end_offset: 100, size_bytes: 3000 },
    first_dirty_offset: 60, dirty_ratio: 0.75, last_cleaned_at: '2023-11-14T22:13:20.000Z',
  });
  expect(presentLog('compact', { ...log, firstDirtyOffset: 0 }, place).status.compaction).toMatchObject({ dirty_ratio: 0, last_cleaned_at: null });
});

it('presents a segment, and times that a producer made up as none', () => {
  const segment = { baseOffset: 10, nextOffset: 60, sizeBytes: 1000, active: false, firstTimestamp: 0, largestTimestamp: 9e15, retentionAtMs: -1, retentionAfterBytes: -1 };
  expect(presentSegment(segment)).toEqual({
    api_version: 'sluice/v1', kind: 'Segment', base_offset: 10, next_offset: 60, size_bytes: 1000, active: false, first_timestamp: '1970-01-01T00:00:00.000Z', largest_timestamp: null, retention_at: null,
    retention_after_bytes: null,
  });
  expect(presentSegment({ ...segment, retentionAfterBytes: 0 })).toMatchObject({ retention_after_bytes: 0 });
  expect(presentSegment({ ...segment, retentionAfterBytes: 4_096 })).toMatchObject({ retention_after_bytes: 4_096 });
});
