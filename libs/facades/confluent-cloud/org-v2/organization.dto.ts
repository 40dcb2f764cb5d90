import { ApiProperty } from '@nestjs/swagger';
import { FlagField, listOf, ObjectMetadataDto, TextField } from '#libs/http';

export class OrganizationDto {
  @ApiProperty({ example: 'org/v2' }) api_version: string;
  @ApiProperty({ example: 'Organization' }) kind: string;
  @ApiProperty({ format: 'uuid' }) id: string;
  @ApiProperty({ type: () => ObjectMetadataDto }) metadata: ObjectMetadataDto;
  @ApiProperty({ example: 'Acme' }) display_name: string;
  @ApiProperty({ description: 'Whether users are made at their first single sign-on.' }) jit_enabled: boolean;
}

export const OrganizationListDto = listOf(OrganizationDto, 'org/v2', 'OrganizationList');

export class OrganizationUpdateDto {
  @TextField({ required: false, maxLength: 31, example: 'Acme' }) display_name?: string;
  @FlagField({ required: false }) jit_enabled?: boolean;
}
