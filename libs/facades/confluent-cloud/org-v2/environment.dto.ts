import { ApiProperty } from '@nestjs/swagger';
import { listOf, ObjectMetadataDto, TextField } from '#libs/http';

export class EnvironmentDto {
  @ApiProperty({ example: 'org/v2' }) api_version: string;
  @ApiProperty({ example: 'Environment' }) kind: string;
  @ApiProperty({ example: 'env-8k2m4x1p' }) id: string;
  @ApiProperty({ type: () => ObjectMetadataDto }) metadata: ObjectMetadataDto;
  @ApiProperty({ example: 'production' }) display_name: string;
  @ApiProperty({ nullable: true, type: 'object', additionalProperties: false, example: null, description: 'Null: there is no schema registry.' }) stream_governance_config: null;
}

export const EnvironmentListDto = listOf(EnvironmentDto, 'org/v2', 'EnvironmentList');

export class EnvironmentCreateDto {
  @TextField({ example: 'production', maxLength: 64 }) display_name: string;
}

export class EnvironmentUpdateDto {
  @TextField({ required: false, example: 'staging', maxLength: 64 }) display_name?: string;
}
