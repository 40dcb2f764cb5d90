import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { FlagField, ListField, TextField, WholeNumberField } from '#libs/http';
import { collectionOf, LinkDto, ResourceMetadataDto } from './envelope.presenter.js';

export class TopicDto {
  @ApiProperty({ example: 'KafkaTopic' }) kind: string;
  @ApiProperty({ type: () => ResourceMetadataDto }) metadata: ResourceMetadataDto;
  @ApiProperty({ example: 'lkc-8k2m4x' }) cluster_id: string;
  @ApiProperty({ example: 'orders' }) topic_name: string;
  @ApiProperty() is_internal: boolean;
  @ApiProperty({ type: 'integer', example: 1 }) replication_factor: number;
  @ApiProperty({ type: 'integer', example: 6 }) partitions_count: number;
  @ApiProperty({ type: () => LinkDto }) partitions: LinkDto;
  @ApiProperty({ type: () => LinkDto }) configs: LinkDto;
  @ApiProperty({ type: () => LinkDto }) partition_reassignments: LinkDto;
  @ApiPropertyOptional({ type: [String], description: 'With include_authorized_operations.', example: ['READ', 'WRITE', 'DESCRIBE'] }) authorized_operations?: string[];
  @ApiPropertyOptional({ type: [String], description: 'What is allowed and yet unwise, such as a name with both "." and "_".' }) warnings?: string[];
}
export const TopicListDto = collectionOf(TopicDto, 'KafkaTopicList');

export class TopicConfigInputDto {
  @TextField({ example: 'retention.ms' }) name: string;
  @TextField({ required: false, example: '86400000' }) value?: string;
}

export class TopicCreateDto {
  @TextField({ example: 'orders', description: 'Fewer than 249 of a-z A-Z 0-9 . _ -; it can\'t be changed later.', required: false }) topic_name: string;
  @WholeNumberField({ required: false, example: 6, description: 'Left out: the cluster\'s default.' }) partitions_count?: number;
  @WholeNumberField({ required: false, example: 1, description: 'Left out: the cluster\'s default.' }) replication_factor?: number;
  @ListField(() => TopicConfigInputDto, { required: false, maxSize: 200 }) configs?: TopicConfigInputDto[];
  @FlagField({ required: false, description: 'Checks everything and creates nothing; answers 200.' }) validate_only?: boolean;
}

export class TopicUpdateDto {
  @WholeNumberField({ example: 12, description: 'At least as many as there are: partitions only grow.' }) partitions_count: number;
  @TextField({ required: false, description: 'The name can\'t be changed; another one than the topic\'s is refused.' }) topic_name?: string;
}

export class PartitionDto {
  @ApiProperty({ example: 'KafkaPartition' }) kind: string;
  @ApiProperty({ type: () => ResourceMetadataDto }) metadata: ResourceMetadataDto;
  @ApiProperty() cluster_id: string;
  @ApiProperty() topic_name: string;
  @ApiProperty({ type: 'integer' }) partition_id: number;
  @ApiPropertyOptional({ type: () => LinkDto, nullable: true, description: 'Null while the partition has no leader.' }) leader: LinkDto | null;
  @ApiProperty({ type: () => LinkDto }) replicas: LinkDto;
  @ApiProperty({ type: () => LinkDto }) reassignment: LinkDto;
}
export const PartitionListDto = collectionOf(PartitionDto, 'KafkaPartitionList');
