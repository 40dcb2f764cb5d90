import { ApiProperty } from '@nestjs/swagger';
import { listOf } from '#libs/http';

class EngineVersionDto {
  @ApiProperty({ example: '2.0.0' }) version: string;
  @ApiProperty({ description: 'What isn\'t is installed by the first cluster that asks for it; that takes a while longer.' }) is_installed: boolean;
  @ApiProperty({ type: [String], description: 'Versions whose clusters can be brought to this one.' }) upgrades_from: string[];
}

class HeapLimitsDto {
  @ApiProperty({ type: 'integer' }) min: number;
  @ApiProperty({ type: 'integer' }) default: number;
  @ApiProperty({ type: 'integer' }) max: number;
}

class EngineLimitsDto {
  @ApiProperty({ type: 'integer', example: 3 }) brokers_max: number;
  @ApiProperty({ type: 'integer', description: '0: there are no controllers apart from the brokers.' }) controllers_max: number;
  @ApiProperty({ type: () => HeapLimitsDto, nullable: true, description: 'Of a broker; null: not the tenant\'s to choose.' }) heap_mb: HeapLimitsDto | null;
  @ApiProperty({ type: 'integer', description: 'Broker settings of a tenant\'s own; 0: it takes none.' }) configs_max: number;
}

class EngineCapabilitiesDto {
  @ApiProperty({ description: 'Restart, pause and resume, scaling and replacing brokers: the processes are the platform\'s.' }) life_cycle: boolean;
  @ApiProperty({ enum: ['file', 'scram', 'none'], description: 'How API keys come to be known to its brokers; `none`: keys of its own can\'t be made.' }) keys: string;
  @ApiProperty({ description: 'Naming policies bind Kafka clients too, not only callers over HTTP.' }) naming_policy: boolean;
  @ApiProperty({ description: 'Transactional producers.' }) transactions: boolean;
  @ApiProperty({ description: 'SCRAM users by Kafka\'s own calls.' }) scram_users: boolean;
  @ApiProperty({ description: 'A limit on a cluster\'s bytes that counts at once.' }) disk_limit: boolean;
  @ApiProperty({ description: 'Segments and compaction can be looked at.' }) log_details: boolean;
}

export class EngineOfferDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'Engine' }) kind: string;
  @ApiProperty({ example: '%engine%', description: 'As in `spec.config.sluice.engine` of a cluster.' }) name: string;
  @ApiProperty({ description: 'For people.' }) title: string;
  @ApiProperty({ type: [String], example: ['%region%'], description: 'Regions that stand for it. Without any it can\'t be had, unless a request names it in a region that is an alias.' }) regions: string[];
  @ApiProperty({ description: 'False: clusters that somebody else runs and an operator brings in.' }) is_provisioned: boolean;
  @ApiProperty({ description: 'Whether a cluster can be made now.' }) is_available: boolean;
  @ApiProperty({ nullable: true, type: String, description: 'Why not, and what to do.' }) problem: string | null;
  @ApiProperty({ type: () => [EngineVersionDto], description: 'The default first; none: there is nothing to choose.' }) versions: EngineVersionDto[];
  @ApiProperty({ type: () => EngineLimitsDto }) limits: EngineLimitsDto;
  @ApiProperty({ type: [String], enum: ['ack', 'os'], description: 'The default first.' }) flush_modes: string[];
  @ApiProperty({ type: () => EngineCapabilitiesDto }) capabilities: EngineCapabilitiesDto;
}
export const EngineOfferListDto = listOf(EngineOfferDto, 'sluice/v1', 'EngineList');

export class RegionDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'Region' }) kind: string;
  @ApiProperty({ example: '%region%', description: 'As in `spec.region` of a cluster.' }) name: string;
  @ApiProperty({ example: '%engine%' }) engine: string;
  @ApiProperty({ description: 'Region names that aren\'t listed, such as those of the big clouds, stand for this one.' }) is_default: boolean;
}
export const RegionListDto = listOf(RegionDto, 'sluice/v1', 'RegionList');
