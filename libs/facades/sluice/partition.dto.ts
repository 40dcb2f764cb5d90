import { ApiProperty } from '@nestjs/swagger';
import { ChoiceField, ListField, RejectUnknownFields, TextField, WholeNumberField, WholeNumbersField } from '#libs/http';

const PARTITIONS_MAX = 1_000;
const REPLICAS_MAX = 100;

class PartitionNameDto {
  @TextField({ example: 'orders' }) topic_name: string;
  @WholeNumberField({ example: 0 }) partition_id: number;
}

class ReassignmentInputDto extends PartitionNameDto {
  @WholeNumbersField({ required: false, minSize: 1, maxSize: REPLICAS_MAX, example: [2, 3, 1], description: 'Brokers that are to have the partition; the first is the preferred leader. Null or left out: ends the move that is under way.' }) replicas?: number[] | null;
}

@RejectUnknownFields()
export class ReassignDto {
  @ListField(() => ReassignmentInputDto, { minSize: 1, maxSize: PARTITIONS_MAX }) partitions: ReassignmentInputDto[];
}

@RejectUnknownFields()
export class ElectLeadersDto {
  @ChoiceField(['preferred', 'unclean'], { required: false, description: '`preferred`, the default: the first replica, where it is in sync. `unclean`: any that lives, where none in sync does; records may be lost by that.' }) election?: 'preferred' | 'unclean';
  @ListField(() => PartitionNameDto, { required: false, minSize: 1, maxSize: PARTITIONS_MAX, description: 'Left out: all that need one.' }) partitions?: PartitionNameDto[];
}

class PartitionErrorDto {
  @ApiProperty({ example: 'INVALID_REPLICA_ASSIGNMENT', description: 'Kafka\'s name of it.' }) code: string;
  @ApiProperty() message: string;
}

class PartitionOutcomeDto {
  @ApiProperty({ example: 'orders' }) topic_name: string;
  @ApiProperty({ type: 'integer', example: 0 }) partition_id: number;
  @ApiProperty({ type: () => PartitionErrorDto, nullable: true, description: 'Null: done, or begun.' }) error: PartitionErrorDto | null;
}

export class PartitionOutcomesDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'PartitionOutcomes' }) kind: string;
  @ApiProperty({ type: 'integer', description: 'Partitions that were refused; the others go on.' }) refused: number;
  @ApiProperty({ type: () => [PartitionOutcomeDto] }) partitions: PartitionOutcomeDto[];
}
