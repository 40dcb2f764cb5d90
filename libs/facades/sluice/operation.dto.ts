import { ApiProperty } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import { operationKinds } from '#libs/control/application';
import { listOf, ObjectMetadataDto, RejectUnknownFields, TextField } from '#libs/http';

const phases = ['RUNNING', 'SUCCEEDED', 'FAILED'];

class OperationStepDto {
  @ApiProperty({ example: 'start-brokers' }) name: string;
  @ApiProperty({ enum: phases }) phase: string;
  @ApiProperty({ format: 'date-time' }) started_at: string;
  @ApiProperty({ format: 'date-time', nullable: true, type: String }) finished_at: string | null;
  @ApiProperty({ nullable: true, type: String, description: 'Why it failed.' }) reason: string | null;
  @ApiProperty({ nullable: true, type: String, example: '12 of 40 partitions moved', description: 'How far it is, where that can be told.' }) progress: string | null;
}

class OperationSpecDto {
  @ApiProperty({ enum: [...operationKinds] }) operation: string;
  @ApiProperty({ example: 'lkc-7w3k9d2m' }) resource_id: string;
  @ApiProperty({ example: 'u-3f9q2w7e' }) requested_by: string;
}

class OperationStatusDto {
  @ApiProperty({ enum: phases }) phase: string;
  @ApiProperty({ nullable: true, type: String, description: 'Why the phase is FAILED, or what a running one waits for.' }) reason: string | null;
  @ApiProperty({ type: () => [OperationStepDto] }) steps: OperationStepDto[];
  @ApiProperty({ format: 'date-time', nullable: true, type: String }) finished_at: string | null;
}

export class OperationDto {
  @ApiProperty({ example: 'sluice/v1' }) api_version: string;
  @ApiProperty({ example: 'Operation' }) kind: string;
  @ApiProperty({ example: 'op-4h6j8k0m' }) id: string;
  @ApiProperty({ type: () => ObjectMetadataDto }) metadata: ObjectMetadataDto;
  @ApiProperty({ type: () => OperationSpecDto }) spec: OperationSpecDto;
  @ApiProperty({ type: () => OperationStatusDto }) status: OperationStatusDto;
}

export const OperationListDto = listOf(OperationDto, 'sluice/v1', 'OperationList');

@RejectUnknownFields()
export class OperationQueryDto {
  @TextField({ required: false, description: 'Only what was done to this cluster.' }) resource_id?: string;
  /** Read and documented by the paging that all lists share. */
  @Allow() page_size?: string;
  @Allow() page_token?: string;
}
