import type { PartitionLogDescription, SegmentDescription } from '#libs/control/application/data-plane';
import type { LogDto, PartitionLogDto, SegmentDto } from './log.dto.js';
import { paths, SLUICE_V1 } from './paths.js';

interface Place { clusterId: string; topic: string; baseUrl: string }

/** Times outside what a date can be are a producer's doing: shown as none. */
const isoOf = (ms: number): string | null => (ms >= 0 && ms <= 8.64e15 ? new Date(ms).toISOString() : null);

function offsetsOf(log: PartitionLogDescription): PartitionLogDto['status'] {
  return { leader_epoch: log.leaderEpoch, log_start_offset: log.logStartOffset, high_watermark: log.highWatermark, log_end_offset: log.logEndOffset, size_bytes: log.sizeBytes };
}

export function presentPartitionLog(log: PartitionLogDescription, { clusterId, topic, baseUrl }: Place): PartitionLogDto {
  return {
    api_version: SLUICE_V1, kind: 'PartitionLog', partition_id: log.partition, metadata: { self: baseUrl + paths.partition(clusterId, topic, log.partition) }, topic_name: topic, status: offsetsOf(log),
  };
}

function compactionOf(log: PartitionLogDescription): LogDto['status']['compaction'] {
  const { logStartOffset, logEndOffset, firstDirtyOffset, cleanBytes, dirtyBytes, lastCleanedMs } = log;
  if (firstDirtyOffset < 0) return null;
  return {
    tail: { start_offset: logStartOffset, end_offset: firstDirtyOffset, size_bytes: cleanBytes }, head: { start_offset: firstDirtyOffset, end_offset: logEndOffset, size_bytes: dirtyBytes },
    first_dirty_offset: firstDirtyOffset, dirty_ratio: cleanBytes + dirtyBytes === 0 ? 0 : dirtyBytes / (cleanBytes + dirtyBytes), last_cleaned_at: isoOf(lastCleanedMs),
  };
}

export function presentLog(cleanupPolicy: string, log: PartitionLogDescription, { clusterId, topic, baseUrl }: Place): LogDto {
  return {
    api_version: SLUICE_V1, kind: 'Log', partition_id: log.partition, metadata: { self: `${baseUrl}${paths.partition(clusterId, topic, log.partition)}/log` }, topic_name: topic,
    status: { ...offsetsOf(log), cleanup_policy: cleanupPolicy, compaction: compactionOf(log) },
  };
}

export function presentSegment({ baseOffset, nextOffset, sizeBytes, active, firstTimestamp, largestTimestamp, retentionAtMs, retentionAfterBytes }: SegmentDescription): SegmentDto {
  return {
    api_version: SLUICE_V1, kind: 'Segment', base_offset: baseOffset, next_offset: nextOffset, size_bytes: sizeBytes, active,
    first_timestamp: isoOf(firstTimestamp), largest_timestamp: isoOf(largestTimestamp), retention_at: isoOf(retentionAtMs),
    retention_after_bytes: retentionAfterBytes < 0 ? null : retentionAfterBytes,
  };
}
