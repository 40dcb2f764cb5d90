import { ApiProperty } from '@nestjs/swagger';
import { listOf } from '#libs/http';

class SelfDto {
  @ApiProperty({ description: 'Where this object stands.' }) self: string;
}

class PartitionOffsetsDto {
  @ApiProperty({ type: 'integer', description: 'Epoch of the leader that answered.' }) leader_epoch: number;
  @ApiProperty({ type: 'integer', description: 'First offset that can be read.' }) log_start_offset: number;
  @ApiProperty({ type: 'integer', description: 'Below it records are committed and consumers read.' }) high_watermark: number;
  @ApiProperty({ type: 'integer', description: 'Offset of the next record.' }) log_end_offset: number;
  @ApiProperty({ type: 'integer', description: 'Bytes of its segments, indexes apart.' }) size_bytes: number;
}

export class PartitionLogDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'PartitionLog' }) kind: string;
  @ApiProperty({ example: 0, type: 'integer' }) partition_id: number;
  @ApiProperty({ type: () => SelfDto }) metadata: SelfDto;
  @ApiProperty({ example: 'orders' }) topic_name: string;
  @ApiProperty({ type: () => PartitionOffsetsDto }) status: PartitionOffsetsDto;
}
export const PartitionLogListDto = listOf(PartitionLogDto, 'sluice/v1', 'PartitionLogList');

class LogPartDto {
  @ApiProperty({ type: 'integer' }) start_offset: number;
  @ApiProperty({ type: 'integer', description: 'The first offset after it.' }) end_offset: number;
  @ApiProperty({ type: 'integer' }) size_bytes: number;
}

class CompactionDto {
  @ApiProperty({ type: () => LogPartDto, description: 'What the cleaner has been through: every key at most once.' }) tail: LogPartDto;
  @ApiProperty({ type: () => LogPartDto, description: 'What was written since.' }) head: LogPartDto;
  @ApiProperty({ type: 'integer', description: 'Where the head begins.' }) first_dirty_offset: number;
  @ApiProperty({ type: 'number', example: 0.42, description: 'Share of the head; the cleaner comes at min.cleanable.dirty.ratio of what it may clean.' }) dirty_ratio: number;
  @ApiProperty({ format: 'date-time', nullable: true, type: String, description: 'Since the broker started; null: not since then.' }) last_cleaned_at: string | null;
}

class LogStatusDto extends PartitionOffsetsDto {
  @ApiProperty({ enum: ['delete', 'compact', 'compact,delete', ''], description: 'The topic\'s cleanup.policy. Empty: neither, all is kept.' }) cleanup_policy: string;
  @ApiProperty({ type: () => CompactionDto, nullable: true, description: 'Null unless the topic is compacted.' }) compaction: CompactionDto | null;
}

export class LogDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'Log' }) kind: string;
  @ApiProperty({ example: 0, type: 'integer' }) partition_id: number;
  @ApiProperty({ type: () => SelfDto }) metadata: SelfDto;
  @ApiProperty({ example: 'orders' }) topic_name: string;
  @ApiProperty({ type: () => LogStatusDto }) status: LogStatusDto;
}

export class SegmentDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'Segment' }) kind: string;
  @ApiProperty({ type: 'integer', description: 'First offset that it may hold; its file is named by it.' }) base_offset: number;
  @ApiProperty({ type: 'integer', description: 'First offset after it.' }) next_offset: number;
  @ApiProperty({ type: 'integer' }) size_bytes: number;
  @ApiProperty({ description: 'The one that is written to. Nothing is removed from it or cleaned in it.' }) active: boolean;
  @ApiProperty({ format: 'date-time', nullable: true, type: String, description: 'Of the first batch.' }) first_timestamp: string | null;
  @ApiProperty({ format: 'date-time', nullable: true, type: String }) largest_timestamp: string | null;
  @ApiProperty({ format: 'date-time', nullable: true, type: String, description: 'From when on retention takes it by time, as things stand; null: not by time.' }) retention_at: string | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'After how many more bytes in this log retention takes it by size; 0: with its next check, null: not by size.' }) retention_after_bytes: number | null;
}
export const SegmentListDto = listOf(SegmentDto, 'sluice/v1', 'SegmentList');
