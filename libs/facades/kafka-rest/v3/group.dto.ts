import { ApiProperty } from '@nestjs/swagger';
import { collectionOf, LinkDto, ResourceMetadataDto } from './envelope.presenter.js';

class GroupResourceDto {
  @ApiProperty() kind: string;
  @ApiProperty({ type: () => ResourceMetadataDto }) metadata: ResourceMetadataDto;
  @ApiProperty() cluster_id: string;
  @ApiProperty({ example: 'billing' }) consumer_group_id: string;
}

export class ConsumerGroupDto extends GroupResourceDto {
  @ApiProperty({ description: 'Commits offsets without members.' }) is_simple: boolean;
  @ApiProperty({ example: 'range' }) partition_assignor: string;
  @ApiProperty({ example: 'STABLE', enum: ['UNKNOWN', 'PREPARING_REBALANCE', 'COMPLETING_REBALANCE', 'STABLE', 'EMPTY', 'DEAD'] }) state: string;
  @ApiProperty({ example: 'CLASSIC' }) type: string;
  @ApiProperty() is_mixed_consumer_group: boolean;
  @ApiProperty({ type: () => LinkDto }) coordinator: LinkDto;
  @ApiProperty({ type: () => LinkDto }) consumers: LinkDto;
  @ApiProperty({ type: () => LinkDto }) lag_summary: LinkDto;
}
export const ConsumerGroupListDto = collectionOf(ConsumerGroupDto, 'KafkaConsumerGroupList');

export class ConsumerDto extends GroupResourceDto {
  @ApiProperty() consumer_id: string;
  @ApiProperty({ nullable: true, type: String, description: 'group.instance.id of a static member.' }) instance_id: string | null;
  @ApiProperty() client_id: string;
  @ApiProperty({ type: () => LinkDto }) assignments: LinkDto;
}
export const ConsumerListDto = collectionOf(ConsumerDto, 'KafkaConsumerList');

export class ConsumerAssignmentDto extends GroupResourceDto {
  @ApiProperty() consumer_id: string;
  @ApiProperty() topic_name: string;
  @ApiProperty({ type: 'integer' }) partition_id: number;
  @ApiProperty({ type: () => LinkDto }) partition: LinkDto;
  @ApiProperty({ type: () => LinkDto }) lag: LinkDto;
}
export const ConsumerAssignmentListDto = collectionOf(ConsumerAssignmentDto, 'KafkaConsumerAssignmentList');

export class ConsumerLagDto extends GroupResourceDto {
  @ApiProperty() topic_name: string;
  @ApiProperty({ type: 'integer' }) partition_id: number;
  @ApiProperty({ description: 'Empty while nobody owns the partition.' }) consumer_id: string;
  @ApiProperty({ nullable: true, type: String }) instance_id: string | null;
  @ApiProperty() client_id: string;
  @ApiProperty({ type: 'integer' }) current_offset: number;
  @ApiProperty({ type: 'integer' }) log_end_offset: number;
  @ApiProperty({ type: 'integer' }) lag: number;
}
export const ConsumerLagListDto = collectionOf(ConsumerLagDto, 'KafkaConsumerLagList');

export class ConsumerGroupLagSummaryDto extends GroupResourceDto {
  @ApiProperty() max_lag_consumer_id: string;
  @ApiProperty({ nullable: true, type: String }) max_lag_instance_id: string | null;
  @ApiProperty() max_lag_client_id: string;
  @ApiProperty() max_lag_topic_name: string;
  @ApiProperty({ type: 'integer' }) max_lag_partition_id: number;
  @ApiProperty({ type: 'integer' }) max_lag: number;
  @ApiProperty({ type: 'integer' }) total_lag: number;
  @ApiProperty({ type: () => LinkDto }) max_lag_consumer: LinkDto;
  @ApiProperty({ type: () => LinkDto }) max_lag_partition: LinkDto;
}
