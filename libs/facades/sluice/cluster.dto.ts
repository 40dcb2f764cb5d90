import { ApiProperty } from '@nestjs/swagger';
import { FlagField, ObjectMetadataDto, RejectUnknownFields, WholeNumberField } from '#libs/http';
import { OperationDto } from './operation.dto.js';

class BrokerPortsDto {
  @ApiProperty({ type: 'integer', example: 20000 }) external: number;
  @ApiProperty({ type: 'integer', example: 20001 }) internal: number;
  @ApiProperty({ type: 'integer', example: 20002 }) controller: number;
}

class BrokerDto {
  @ApiProperty({ type: 'integer', example: 1 }) node_id: number;
  @ApiProperty({ type: [String], enum: ['broker', 'controller'], example: ['broker', 'controller'] }) roles: string[];
  @ApiProperty({ nullable: true, type: String, example: 'zone-1' }) rack: string | null;
  @ApiProperty({ type: () => BrokerPortsDto }) ports: BrokerPortsDto;
  @ApiProperty({ enum: ['absent', 'starting', 'recovering', 'ready', 'stopping', 'failed'], description: 'As the platform last saw it.' }) process: string;
  @ApiProperty({ nullable: true, type: String, description: 'The build or version of the engine that it runs.' }) bundle: string | null;
  @ApiProperty({ description: 'Its configuration changed since it started.' }) restart_needed: boolean;
  @ApiProperty({ nullable: true, type: Boolean, description: 'Whether the cluster counts it among its brokers; null: it could not be asked, or the node is no broker.' }) is_registered: boolean | null;
  @ApiProperty({ nullable: true, type: Boolean, description: 'Whether it is the controller that decides; null: the cluster doesn\'t tell.' }) is_active_controller: boolean | null;
  @ApiProperty({ nullable: true, type: 'integer', description: 'Process id on the platform\'s machine; null: there is none, or it isn\'t known.' }) pid: number | null;
  @ApiProperty({ nullable: true, type: String, format: 'date-time' }) started_at: string | null;
  @ApiProperty({ nullable: true, type: 'integer', format: 'int64', description: 'Resident.' }) memory_bytes: number | null;
  @ApiProperty({ nullable: true, type: 'integer', format: 'int64', description: 'Of its data directory.' }) disk_bytes: number | null;
  @ApiProperty({ nullable: true, type: 'integer', format: 'int64', description: 'Of the file system that its data directory is on.' }) disk_free_bytes: number | null;
}

class ServiceNodeDto {
  @ApiProperty({ type: 'integer', example: 1 }) node_id: number;
  @ApiProperty({ example: 'leader' }) state: string;
  @ApiProperty({ nullable: true, type: 'integer' }) pid: number | null;
  @ApiProperty({ nullable: true, type: 'integer', format: 'int64' }) memory_bytes: number | null;
}

class ServiceDto {
  @ApiProperty({ description: 'A service beside the brokers that they need, shared with other clusters.' }) name: string;
  @ApiProperty({ type: () => [ServiceNodeDto] }) nodes: ServiceNodeDto[];
}

class UnwellPartitionDto {
  @ApiProperty({ example: 'orders' }) topic_name: string;
  @ApiProperty({ type: 'integer' }) partition_id: number;
  @ApiProperty({ nullable: true, type: 'integer', description: 'Null: offline.' }) leader: number | null;
  @ApiProperty({ type: [Number] }) replicas: number[];
  @ApiProperty({ type: [Number] }) isr: number[];
}

class HealthDto {
  @ApiProperty({ type: [Number], description: 'Registered, and fit to serve.' }) broker_ids: number[];
  @ApiProperty({ nullable: true, type: 'integer', description: 'Null: the cluster doesn\'t tell.' }) controller_id: number | null;
  @ApiProperty({ nullable: true, type: [Number], description: 'Voters of the metadata quorum; null: the cluster has none, or doesn\'t tell.' }) voter_ids: number[] | null;
  @ApiProperty({ type: 'integer' }) partitions: number;
  @ApiProperty({ type: 'integer', description: 'With a replica that isn\'t in sync.' }) under_replicated_partitions: number;
  @ApiProperty({ nullable: true, type: 'integer', description: 'With fewer replicas in sync than `min.insync.replicas`: `acks=all` is refused. Null: the cluster doesn\'t tell.' }) under_min_isr_partitions: number | null;
  @ApiProperty({ type: 'integer', description: 'Without a leader.' }) offline_partitions: number;
  @ApiProperty({ type: 'integer', description: 'Whose replicas are being moved.' }) moving_partitions: number;
  @ApiProperty({ type: () => [UnwellPartitionDto], description: 'The first that are offline or under-replicated.' }) examples: UnwellPartitionDto[];
}

class EngineSpecDto {
  @ApiProperty({ example: '%engine%' }) name: string;
  @ApiProperty({ nullable: true, type: String }) version: string | null;
  @ApiProperty({ type: 'integer', example: 1 }) brokers: number;
  @ApiProperty({ type: 'integer', example: 0, description: 'Nodes that are controllers only.' }) controllers: number;
  @ApiProperty({ nullable: true, type: 'integer' }) heap_mb: number | null;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'Broker settings of the tenant\'s own.' }) configs: Record<string, string>;
}

class ClusterEngineSpecDto {
  @ApiProperty({ example: 'orders' }) display_name: string;
  @ApiProperty({ example: 'env-8k2m4x1p' }) environment_id: string;
  @ApiProperty({ type: () => EngineSpecDto }) engine: EngineSpecDto;
  @ApiProperty({ enum: ['ack', 'os'] }) flush_mode: string;
  @ApiProperty({ nullable: true, type: 'integer', format: 'int64', description: 'Producers are refused beyond it; null is no limit.' }) disk_limit_bytes: number | null;
}

class ClusterEngineStatusDto {
  @ApiProperty({ enum: ['PROVISIONING', 'PROVISIONED', 'FAILED'] }) phase: string;
  @ApiProperty({ nullable: true, type: String, description: 'Why the phase is FAILED.' }) reason: string | null;
  @ApiProperty({ description: 'Its processes are stopped because somebody wants it so; data and ports are kept.' }) is_paused: boolean;
  @ApiProperty({ description: 'The cluster id that Kafka clients see.' }) kafka_cluster_id: string;
  @ApiProperty({ nullable: true, type: String, example: 'localhost:20000' }) bootstrap_endpoint: string | null;
  @ApiProperty({ type: 'integer', description: 'Grows with every change that was asked for.' }) generation: number;
  @ApiProperty({ type: 'integer', description: 'The generation that has been made true.' }) observed_generation: number;
  @ApiProperty({ type: () => [BrokerDto], description: 'All nodes, those that are controllers only among them.' }) brokers: BrokerDto[];
  @ApiProperty({ type: () => [ServiceDto], nullable: true, description: 'Null: they could not be asked in time.' }) services: ServiceDto[] | null;
  @ApiProperty({ type: () => HealthDto, nullable: true, description: 'What the cluster tells of itself over Kafka\'s protocol; null: it is paused, or could not be asked in time.' }) health: HealthDto | null;
  @ApiProperty({ type: [String], description: 'Why something here is null.' }) problems: string[];
  @ApiProperty({ type: () => [OperationDto], description: 'Under way, the oldest first.' }) operations: OperationDto[];
}

export class EngineDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'Cluster' }) kind: string;
  @ApiProperty({ example: 'lkc-7w3k9d2m' }) id: string;
  @ApiProperty({ type: () => ObjectMetadataDto }) metadata: ObjectMetadataDto;
  @ApiProperty({ type: () => ClusterEngineSpecDto }) spec: ClusterEngineSpecDto;
  @ApiProperty({ type: () => ClusterEngineStatusDto }) status: ClusterEngineStatusDto;
}

@RejectUnknownFields()
export class ReplaceBrokerDto {
  @WholeNumberField({ example: 2, description: 'The node whose data is lost, or is to be thrown away.' }) node_id: number;
  @FlagField({ required: false, example: false, description: 'Even if records are lost with it, because no other node has them.' }) force?: boolean;
}
