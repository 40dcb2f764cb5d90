import { ApiProperty } from '@nestjs/swagger';
import { ObjectMetadataDto } from '#libs/http';

class BrokerPortsDto {
  @ApiProperty({ type: 'integer', example: 20000 }) external: number;
  @ApiProperty({ type: 'integer', example: 20001 }) internal: number;
  @ApiProperty({ type: 'integer', example: 20002 }) controller: number;
}

class BrokerDto {
  @ApiProperty({ type: 'integer', example: 1 }) node_id: number;
  @ApiProperty({ type: () => BrokerPortsDto }) ports: BrokerPortsDto;
  @ApiProperty({ enum: ['absent', 'starting', 'recovering', 'ready', 'stopping', 'failed'] }) process: string;
  @ApiProperty({ nullable: true, type: String, description: 'The build of the engine that it runs.' }) bundle: string | null;
  @ApiProperty({ description: 'Its configuration changed since it started.' }) restart_needed: boolean;
}

class EngineSpecDto {
  @ApiProperty({ example: 'orders' }) display_name: string;
  @ApiProperty({ example: 'env-8k2m4x1p' }) environment_id: string;
  @ApiProperty({ enum: ['ack', 'os'] }) flush_mode: string;
  @ApiProperty({ nullable: true, type: 'integer', format: 'int64', description: 'Producers are refused beyond it; null is no limit.' }) disk_limit_bytes: number | null;
}

class EngineStatusDto {
  @ApiProperty({ enum: ['PROVISIONING', 'PROVISIONED', 'FAILED'] }) phase: string;
  @ApiProperty({ nullable: true, type: String, description: 'Why the phase is FAILED.' }) reason: string | null;
  @ApiProperty({ description: 'The cluster id that Kafka clients see.' }) kafka_cluster_id: string;
  @ApiProperty({ nullable: true, type: String, example: 'localhost:20000' }) bootstrap_endpoint: string | null;
  @ApiProperty({ type: 'integer', description: 'Grows with every change that was asked for.' }) generation: number;
  @ApiProperty({ type: 'integer', description: 'The generation that has been made true.' }) observed_generation: number;
  @ApiProperty({ type: () => [BrokerDto] }) brokers: BrokerDto[];
}

export class EngineDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'Cluster' }) kind: string;
  @ApiProperty({ example: 'lkc-7w3k9d2m' }) id: string;
  @ApiProperty({ type: () => ObjectMetadataDto }) metadata: ObjectMetadataDto;
  @ApiProperty({ type: () => EngineSpecDto }) spec: EngineSpecDto;
  @ApiProperty({ type: () => EngineStatusDto }) status: EngineStatusDto;
}
