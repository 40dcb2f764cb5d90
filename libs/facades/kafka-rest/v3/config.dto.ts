import { ApiProperty } from '@nestjs/swagger';
import { ChoiceField, FlagField, ListField, TextField } from '#libs/http';
import { collectionOf, ResourceMetadataDto } from './envelope.presenter.js';

export class ConfigSynonymDto {
  @ApiProperty({ example: 'log.retention.ms' }) name: string;
  @ApiProperty({ nullable: true, type: String }) value: string | null;
  @ApiProperty({ example: 'DEFAULT_CONFIG' }) source: string;
}

class ConfigDto {
  @ApiProperty() kind: string;
  @ApiProperty({ type: () => ResourceMetadataDto }) metadata: ResourceMetadataDto;
  @ApiProperty() cluster_id: string;
  @ApiProperty({ example: 'retention.ms' }) name: string;
  @ApiProperty({ nullable: true, type: String, example: '604800000' }) value: string | null;
  @ApiProperty() is_default: boolean;
  @ApiProperty() is_read_only: boolean;
  @ApiProperty() is_sensitive: boolean;
  @ApiProperty({ example: 'DEFAULT_CONFIG' }) source: string;
  @ApiProperty({ type: () => [ConfigSynonymDto] }) synonyms: ConfigSynonymDto[];
}

export class TopicConfigDto extends ConfigDto {
  @ApiProperty({ example: 'orders' }) topic_name: string;
}
export class BrokerConfigDto extends ConfigDto {
  @ApiProperty({ example: 'BROKER' }) config_type: string;
}
export const TopicConfigListDto = collectionOf(TopicConfigDto, 'KafkaTopicConfigList');
export const BrokerConfigListDto = collectionOf(BrokerConfigDto, 'KafkaClusterConfigList');

export class ConfigValueDto {
  @TextField({ example: '86400000', required: false, description: 'Text, also for numbers.' }) value?: string;
}

export class ConfigChangeDto {
  @TextField({ example: 'retention.ms' }) name: string;
  @TextField({ required: false, example: '86400000' }) value?: string;
  @ChoiceField(['SET', 'DELETE'], { required: false, description: 'SET when left out.' }) operation?: 'SET' | 'DELETE';
}

export class ConfigBatchDto {
  @ListField(() => ConfigChangeDto, { minSize: 1, maxSize: 200 }) data: ConfigChangeDto[];
  @FlagField({ required: false, description: 'Checks the changes and makes none.' }) validate_only?: boolean;
}
