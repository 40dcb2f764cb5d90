import { ApiProperty } from '@nestjs/swagger';
import { listOf, ObjectMetadataDto, TextField } from '#libs/http';

export class ServiceAccountDto {
  @ApiProperty({ example: 'iam/v2' }) api_version: string;
  @ApiProperty({ example: 'ServiceAccount' }) kind: string;
  @ApiProperty({ example: 'sa-5t7r1n9b' }) id: string;
  @ApiProperty({ type: () => ObjectMetadataDto }) metadata: ObjectMetadataDto;
  @ApiProperty({ example: 'orders-app' }) display_name: string;
  @ApiProperty({ example: 'Writes orders' }) description: string;
}

export const ServiceAccountListDto = listOf(ServiceAccountDto, 'iam/v2', 'ServiceAccountList');

export class ServiceAccountCreateDto {
  @TextField({ example: 'orders-app', maxLength: 64, description: 'Unique in the organization.' }) display_name: string;
  @TextField({ required: false, example: 'Writes orders' }) description?: string;
}

export class ServiceAccountUpdateDto {
  @TextField({ required: false, example: 'orders-app' }) display_name?: string;
  @TextField({ required: false, example: 'Reads and writes orders' }) description?: string;
}

export class ServiceAccountQueryDto {
  @TextField({ required: false, description: 'Only the one with this name.' }) display_name?: string;
}
