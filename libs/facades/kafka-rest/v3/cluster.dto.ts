import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { collectionOf, LinkDto, ResourceMetadataDto } from './envelope.presenter.js';

export class KafkaClusterDto {
  @ApiProperty({ example: 'KafkaCluster' }) kind: string;
  @ApiProperty({ type: () => ResourceMetadataDto }) metadata: ResourceMetadataDto;
  @ApiProperty({ example: 'lkc-8k2m4x' }) cluster_id: string;
  @ApiPropertyOptional({ type: () => LinkDto, description: 'A broker that takes what is for the controller. Left out while the cluster has none, and in lists.' }) controller?: LinkDto;
  @ApiProperty({ type: () => LinkDto }) acls: LinkDto;
  @ApiProperty({ type: () => LinkDto }) brokers: LinkDto;
  @ApiProperty({ type: () => LinkDto }) broker_configs: LinkDto;
  @ApiProperty({ type: () => LinkDto }) consumer_groups: LinkDto;
  @ApiProperty({ type: () => LinkDto }) topics: LinkDto;
  @ApiProperty({ type: () => LinkDto }) partition_reassignments: LinkDto;
}
export const KafkaClusterListDto = collectionOf(KafkaClusterDto, 'KafkaClusterList');
