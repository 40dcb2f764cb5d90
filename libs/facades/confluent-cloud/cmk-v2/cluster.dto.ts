import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { clusterConfigExample } from './cluster.examples.js';
import { BytesField, FlagField, listOf, ObjectField, ObjectMetadataDto, ReferenceDto, RejectUnknownFields, TextField, TextMapField, WholeNumberField } from '#libs/http';
import { controlLimits } from '#libs/control/application';

/** What engines there are, and what each leaves to choose, is data: `GET /sluice/v1/engines` tells it. */
@RejectUnknownFields()
class SluiceConfigDto {
  @TextField({ required: false, example: '%engine%', description: 'Engine that runs the cluster, one of %engines%; left out, the one that the region stands for. Can\'t be changed.' }) engine?: string;
  @TextField({ required: false, description: 'A version that the engine offers; left out, its first. A change upgrades the cluster, one broker after another.' }) version?: string;
  @WholeNumberField({ required: false, description: 'Left out: 1 for SINGLE_ZONE and LOW, 3 for MULTI_ZONE and HIGH, as far as the engine can. A change adds or removes brokers.' }) brokers?: number;
  @WholeNumberField({ required: false, description: 'Nodes that are controllers only; 0, the default: brokers are controllers too. Can\'t be changed.' }) controllers?: number;
  @WholeNumberField({ required: false, description: 'MiB of heap of each broker, within the engine\'s limits. A change restarts the brokers one after another.' }) heapMb?: number;
  @TextMapField({ required: false, entriesMax: controlLimits.engineConfigsMax, textMax: controlLimits.engineConfigTextMax, example: { 'log.retention.hours': '72' }, description: 'Broker settings of one\'s own, as Kafka names them; the engine judges them. Given, they take the place of all that there were.' }) configs?: Record<string, string>;
  @TextField({ required: false, example: 'ack', description: '`ack`: an acks=all answer waits for the disk. `os`: for the page cache only. Left out: the engine\'s first.' }) flushMode?: string;
  @BytesField({ required: false, example: 10_737_418_240, description: 'Bytes of all partitions together beyond which producers are refused; consumers go on. 0, the default, is no limit. A change counts at once.' }) diskLimitBytes?: number;
}

class ClusterConfigInputDto {
  @TextField({ required: false, example: 'Basic', description: 'Basic, Standard, Enterprise, Freight or Dedicated.' }) kind?: string;
  @WholeNumberField({ required: false, description: 'Of a Dedicated cluster.' }) cku?: number;
  @WholeNumberField({ required: false, description: 'Of the other kinds.' }) max_ecku?: number;
  @ObjectField(() => SluiceConfigDto, { required: false, description: 'What the vendor\'s API has no place for.' }) sluice?: SluiceConfigDto;
}

class EnvironmentInputDto {
  @TextField({ example: 'env-8k2m4x1p' }) id: string;
}

class ClusterCreateSpecDto {
  @TextField({ example: 'orders', maxLength: 64 }) display_name: string;
  @TextField({ required: false, example: 'SINGLE_ZONE', description: 'SINGLE_ZONE (the default), MULTI_ZONE, LOW or HIGH.' }) availability?: string;
  @TextField({ example: 'AWS', description: 'AWS, GCP or AZURE: one of the names that clients know; the cluster runs here.' }) cloud: string;
  @TextField({ example: '%region%', description: 'One of this platform\'s regions, each of which stands for an engine: %regions%. %aliases%' }) region: string;
  @ObjectField(() => ClusterConfigInputDto, { required: false, example: clusterConfigExample }) config?: ClusterConfigInputDto;
  @FlagField({ required: false, example: false }) deletion_protection?: boolean;
  @ObjectField(() => EnvironmentInputDto) environment: EnvironmentInputDto;
}

export class ClusterCreateDto {
  @ObjectField(() => ClusterCreateSpecDto) spec: ClusterCreateSpecDto;
}

class ClusterUpdateSpecDto {
  @TextField({ required: false, example: 'orders' }) display_name?: string;
  @TextField({ required: false, description: 'Can\'t be changed.' }) availability?: string;
  @TextField({ required: false, description: 'Can\'t be changed.' }) cloud?: string;
  @TextField({ required: false, description: 'Can\'t be changed.' }) region?: string;
  @ObjectField(() => ClusterConfigInputDto, { required: false, description: 'Basic may become Standard; a Dedicated cluster\'s cku may change.' }) config?: ClusterConfigInputDto;
  @FlagField({ required: false, example: true }) deletion_protection?: boolean;
  @ObjectField(() => EnvironmentInputDto) environment: EnvironmentInputDto;
}

export class ClusterUpdateDto {
  @ObjectField(() => ClusterUpdateSpecDto) spec: ClusterUpdateSpecDto;
}

export class ClusterQueryDto {
  @TextField({ example: 'env-8k2m4x1p', description: 'The cluster\'s environment.' }) environment: string;
}

export class ClusterListQueryDto extends ClusterQueryDto {
  @TextField({ required: false, description: '`true` or `false`: only clusters with this setting.' }) 'spec.deletion_protection'?: string;
}

class SluiceConfigOutputDto {
  @ApiProperty({ example: '%engine%' }) engine: string;
  @ApiPropertyOptional({ description: 'Left out when the engine has no versions to choose from.' }) version?: string;
  @ApiProperty({ type: 'integer', example: 1 }) brokers: number;
  @ApiProperty({ type: 'integer', example: 0 }) controllers: number;
  @ApiPropertyOptional({ type: 'integer', description: 'Left out when it isn\'t the tenant\'s to choose.' }) heapMb?: number;
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' }, description: 'Left out when there are none.' }) configs?: Record<string, string>;
  @ApiProperty({ enum: ['ack', 'os'] }) flushMode: string;
  @ApiPropertyOptional({ type: 'integer', format: 'int64', description: 'Left out without a limit.' }) diskLimitBytes?: number;
}

class ClusterConfigDto {
  @ApiProperty({ example: 'Basic' }) kind: string;
  @ApiPropertyOptional({ type: 'integer' }) cku?: number;
  @ApiPropertyOptional({ type: 'integer' }) max_ecku?: number;
  @ApiProperty({ type: () => SluiceConfigOutputDto }) sluice: SluiceConfigOutputDto;
}

class ClusterSpecDto {
  @ApiProperty({ example: 'orders' }) display_name: string;
  @ApiProperty({ example: 'SINGLE_ZONE' }) availability: string;
  @ApiProperty({ example: 'AWS' }) cloud: string;
  @ApiProperty({ example: '%region%' }) region: string;
  @ApiProperty({ type: () => ClusterConfigDto }) config: ClusterConfigDto;
  @ApiPropertyOptional({ example: 'localhost:20000', description: '`bootstrap.servers` of clients. There once the cluster has its ports.' }) kafka_bootstrap_endpoint?: string;
  @ApiProperty({ example: 'http://127.0.0.1:8080', description: 'Base of the cluster\'s `/kafka/v3` routes.' }) http_endpoint: string;
  @ApiProperty() deletion_protection: boolean;
  @ApiProperty({ type: () => ReferenceDto }) environment: ReferenceDto;
}

class ClusterStatusDto {
  @ApiProperty({ enum: ['PROVISIONING', 'PROVISIONED', 'FAILED'] }) phase: string;
  @ApiPropertyOptional({ type: 'integer', description: 'Of a Dedicated cluster.' }) cku?: number;
  @ApiPropertyOptional({ description: 'Why the phase is FAILED.' }) reason?: string;
}

export class ClusterDto {
  @ApiProperty({ example: 'cmk/v2' }) api_version: string;
  @ApiProperty({ example: 'Cluster' }) kind: string;
  @ApiProperty({ example: 'lkc-7w3k9d2m' }) id: string;
  @ApiProperty({ type: () => ObjectMetadataDto }) metadata: ObjectMetadataDto;
  @ApiProperty({ type: () => ClusterSpecDto }) spec: ClusterSpecDto;
  @ApiProperty({ type: () => ClusterStatusDto }) status: ClusterStatusDto;
}

export const ClusterListDto = listOf(ClusterDto, 'cmk/v2', 'ClusterList');
