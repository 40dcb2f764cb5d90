import { ApiProperty } from '@nestjs/swagger';
import { collectionOf, LinkDto, ResourceMetadataDto } from './envelope.presenter.js';

export class BrokerDto {
  @ApiProperty({ example: 'KafkaBroker' }) kind: string;
  @ApiProperty({ type: () => ResourceMetadataDto }) metadata: ResourceMetadataDto;
  @ApiProperty({ example: 'lkc-8k2m4x' }) cluster_id: string;
  @ApiProperty({ type: 'integer', example: 1 }) broker_id: number;
  @ApiProperty({ example: 'localhost', description: 'As it is advertised to clients.' }) host: string;
  @ApiProperty({ type: 'integer', example: 20000 }) port: number;
  @ApiProperty({ nullable: true, type: String }) rack: string | null;
  @ApiProperty({ type: () => LinkDto }) configs: LinkDto;
  @ApiProperty({ type: () => LinkDto }) partition_replicas: LinkDto;
}
export const BrokerListDto = collectionOf(BrokerDto, 'KafkaBrokerList');

export class ReplicaDto {
  @ApiProperty({ example: 'KafkaReplica' }) kind: string;
  @ApiProperty({ type: () => ResourceMetadataDto }) metadata: ResourceMetadataDto;
  @ApiProperty() cluster_id: string;
  @ApiProperty({ example: 'orders' }) topic_name: string;
  @ApiProperty({ type: 'integer' }) partition_id: number;
  @ApiProperty({ type: 'integer', example: 1 }) broker_id: number;
  @ApiProperty() is_leader: boolean;
  @ApiProperty() is_in_sync: boolean;
  @ApiProperty({ type: () => LinkDto }) broker: LinkDto;
}
export const ReplicaListDto = collectionOf(ReplicaDto, 'KafkaReplicaList');

export class ReassignmentDto {
  @ApiProperty({ example: 'KafkaReassignment' }) kind: string;
  @ApiProperty({ type: () => ResourceMetadataDto }) metadata: ResourceMetadataDto;
  @ApiProperty() cluster_id: string;
  @ApiProperty({ example: 'orders' }) topic_name: string;
  @ApiProperty({ type: 'integer' }) partition_id: number;
  @ApiProperty({ type: [Number] }) adding_replicas: number[];
  @ApiProperty({ type: [Number] }) removing_replicas: number[];
  @ApiProperty({ type: () => LinkDto }) replicas: LinkDto;
}
export const ReassignmentListDto = collectionOf(ReassignmentDto, 'KafkaReassignmentList');
