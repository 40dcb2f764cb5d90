import { ApiProperty } from '@nestjs/swagger';
import { brokerVcpusChoices, sizingConfidences, sizingDefaults, sizingLimits, sizingProfileDefaults, sizingProfiles, type SizingBound } from '#libs/control/application';
import { ChoiceField, NumberField, RejectUnknownFields, TextField } from '#libs/http';

const { development, production } = sizingProfileDefaults;
const bounds = ({ min, max }: SizingBound): { required: false; minimum: number; maximum: number } => ({ required: false, minimum: min, maximum: max });
const byProfile = (name: keyof typeof production): string => `Default ${production[name]}, in development ${development[name]}.`;

@RejectUnknownFields()
export class SizingInputDto {
  @ChoiceField(sizingProfiles, { required: false, description: 'Which defaults count. Default production.' }) profile?: string;
  @NumberField({ ...bounds(sizingLimits.mibPerS), example: 20, description: 'Written by all producers together, before compression. Either this or records.' }) average_mib_per_s?: number;
  @NumberField({ ...bounds(sizingLimits.mibPerS), example: 50, description: `Default: the average times ${production.peakFactor}, in development times ${development.peakFactor}.` }) peak_mib_per_s?: number;
  @NumberField({ ...bounds(sizingLimits.recordsPerS), description: 'Written by all producers together.' }) average_records_per_s?: number;
  @NumberField({ ...bounds(sizingLimits.recordsPerS), description: 'As with peak_mib_per_s.' }) peak_records_per_s?: number;
  @NumberField({ ...bounds(sizingLimits.recordBytes), isWhole: true, description: `Of a record, before compression; goes with records per second. Default ${sizingDefaults.recordBytes}.` }) record_bytes?: number;
  @NumberField({ ...bounds(sizingLimits.retentionHours), example: 168, description: `Default ${sizingDefaults.retentionHours}, Kafka's own.` }) retention_hours?: number;
  @NumberField({ ...bounds(sizingLimits.replicationFactor), isWhole: true, example: 3, description: byProfile('replicationFactor') }) replication_factor?: number;
  @NumberField({ ...bounds(sizingLimits.consumerGroups), isWhole: true, example: 2, description: `How many groups read everything. Default ${sizingDefaults.consumerGroups}.` }) consumer_groups?: number;
  @NumberField({ ...bounds(sizingLimits.consumersPerGroup), isWhole: true, description: `How many consumers of a group are to work at once. Default ${sizingDefaults.consumersPerGroup}.` }) consumers_per_group?: number;
  @NumberField({ ...bounds(sizingLimits.partitionMibPerS), description: `What one partition takes, as producers send it. Default ${sizingDefaults.producerMibPerS}.` }) producer_mib_per_s?: number;
  @NumberField({ ...bounds(sizingLimits.partitionMibPerS), description: `What one consumer works off, of records as they are before compression: measure yours. Default ${sizingDefaults.consumerMibPerS}.` }) consumer_mib_per_s?: number;
  @NumberField({ ...bounds(sizingLimits.topics), isWhole: true, description: `That share the load evenly. Default ${sizingDefaults.topics}.` }) topics?: number;
  @NumberField({ ...bounds(sizingLimits.compressionRatio), description: `Bytes before to bytes after compression by producers. Default ${sizingDefaults.compressionRatio}: none.` }) compression_ratio?: number;
  @NumberField({ ...bounds(sizingLimits.growthPercent), description: `Headroom on every rate. ${byProfile('growthPercent')}` }) growth_percent?: number;
  @NumberField({ ...bounds(sizingLimits.keySkew), description: `The busiest partition's load over the mean. Default ${sizingDefaults.keySkew}: even.` }) key_skew?: number;
  @NumberField({ required: false, minimum: brokerVcpusChoices[0], maximum: 64, isWhole: true, description: `Of a broker's machine: ${brokerVcpusChoices.join(', ')}. ${byProfile('brokerVcpus')}` }) broker_vcpus?: number;
  @NumberField({ ...bounds(sizingLimits.diskPerBrokerGib), description: `What a broker's machine has for Kafka. ${byProfile('diskPerBrokerGib')}` }) disk_per_broker_gib?: number;
  @NumberField({ ...bounds(sizingLimits.brokersMax), isWhole: true, description: 'More is refused, with what asks for them. Default: no bound.' }) brokers_max?: number;
  @TextField({ required: false, maxLength: 64, example: 'env-8k2m4x1p', description: 'For the bodies in the answer only.' }) environment_id?: string;
  @TextField({ required: false, maxLength: 64, example: 'orders', description: 'For the bodies in the answer only.' }) display_name?: string;
}

class SizingSourceDto {
  @ApiProperty({ example: 'Amazon MSK\'s guidance: keep disks below 85 % full; the rule divides by 0.8' }) title: string;
  @ApiProperty({ enum: sizingConfidences, description: 'arithmetic: follows from what Kafka does. measured: by this project. vendor: published guidance. assumption: a rule of thumb; say a figure of yours.' }) confidence: string;
}

class SizingFigureDto {
  @ApiProperty({ example: 'disk_per_broker' }) name: string;
  @ApiProperty({ example: 812 }) value: number;
  @ApiProperty({ example: 'GiB' }) unit: string;
  @ApiProperty({ example: 'disk_total / brokers, rounded up' }) formula: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' }, example: { disk_total_gib: 2434.5, brokers: 3 } }) inputs: Record<string, number>;
  @ApiProperty({ type: () => [SizingSourceDto] }) sources: SizingSourceDto[];
}

class SizingResultDto {
  @ApiProperty({ type: 'integer', example: 7 }) partitions_per_topic: number;
  @ApiProperty({ type: 'integer', example: 7 }) partitions: number;
  @ApiProperty({ type: 'integer', example: 3 }) brokers: number;
  @ApiProperty({ example: 'network_in', description: 'Which term of the formula asks for that many.' }) brokers_decided_by: string;
  @ApiProperty({ type: 'integer' }) heap_mib_per_broker: number;
  @ApiProperty({ type: 'integer', description: 'With the heap and the page cache.' }) memory_mib_per_broker: number;
  @ApiProperty({ type: 'integer' }) disk_gib_per_broker: number;
  @ApiProperty() cpu_cores_per_broker: number;
  @ApiProperty() network_in_mib_per_s_per_broker: number;
  @ApiProperty() network_out_mib_per_s_per_broker: number;
}

class SizingEngineDto {
  @ApiProperty({ description: 'As `spec.config.sluice.engine` has it.' }) engine: string;
  @ApiProperty() title: string;
  @ApiProperty() region: string;
  @ApiProperty() fits: boolean;
  @ApiProperty({ type: [String], description: 'Why it can\'t be this cluster.' }) obstacles: string[];
}

const body = { type: 'object', additionalProperties: true, nullable: true } as const;

class SizingBodiesDto {
  @ApiProperty({ ...body, description: 'For POST /cmk/v2/clusters; null where no engine fits.' }) cluster: Record<string, unknown> | null;
  @ApiProperty({ ...body, description: 'For POST /kafka/v3/clusters/{id}/topics, once for each topic.' }) topic: Record<string, unknown> | null;
}

export class SizingDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'Sizing' }) kind: string;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'The request made whole. Rates are compressed.' }) workload: Record<string, unknown>;
  @ApiProperty({ type: [String], description: 'Fields of the workload that were not said, and so are the profile\'s.' }) assumed: string[];
  @ApiProperty({ type: () => SizingResultDto }) result: SizingResultDto;
  @ApiProperty({ type: () => [SizingEngineDto], description: 'The engines that are offered here, in the operator\'s order; the first that fits is in the body.' }) engines: SizingEngineDto[];
  @ApiProperty({ type: () => SizingBodiesDto }) bodies: SizingBodiesDto;
  @ApiProperty({ type: () => [SizingFigureDto] }) figures: SizingFigureDto[];
}
