import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { listOf, ObjectField, ObjectMetadataDto, ReferenceDto, TextField } from '#libs/http';

class ApiKeyResourceDto extends ReferenceDto {
  @ApiPropertyOptional({ description: 'Of a cluster key: the cluster\'s environment.', example: 'env-8k2m4x1p' }) environment?: string;
}

class ApiKeySpecDto {
  @ApiProperty({ example: 'orders-app key' }) display_name: string;
  @ApiProperty({ example: '' }) description: string;
  @ApiProperty({ type: () => ReferenceDto, description: 'The service account or user that the key stands for.' }) owner: ReferenceDto;
  @ApiProperty({ type: () => ApiKeyResourceDto, description: 'What it opens: a cluster, or `cloud`.' }) resource: ApiKeyResourceDto;
  @ApiPropertyOptional({ description: 'In the answer to its creation only; it is not kept.' }) secret?: string;
}

export class ApiKeyDto {
  @ApiProperty({ example: 'iam/v2' }) api_version: string;
  @ApiProperty({ example: 'ApiKey' }) kind: string;
  @ApiProperty({ example: 'K3Y1D16CHARACTER' }) id: string;
  @ApiProperty({ type: () => ObjectMetadataDto }) metadata: ObjectMetadataDto;
  @ApiProperty({ type: () => ApiKeySpecDto }) spec: ApiKeySpecDto;
}

export const ApiKeyListDto = listOf(ApiKeyDto, 'iam/v2', 'ApiKeyList');

class OwnerInputDto {
  @TextField({ example: 'sa-5t7r1n9b', description: 'A service account or user.' }) id: string;
}

class ResourceInputDto {
  @TextField({ example: 'lkc-7w3k9d2m', description: 'A cluster; `cloud` for a cloud key.' }) id: string;
  @TextField({ required: false, example: 'env-8k2m4x1p' }) environment?: string;
}

class ApiKeyCreateSpecDto {
  @TextField({ required: false, example: 'orders-app key' }) display_name?: string;
  @TextField({ required: false, example: '' }) description?: string;
  @ObjectField(() => OwnerInputDto) owner: OwnerInputDto;
  @ObjectField(() => ResourceInputDto, { required: false, description: 'Left out: a cloud key.' }) resource?: ResourceInputDto;
}

export class ApiKeyCreateDto {
  @ObjectField(() => ApiKeyCreateSpecDto) spec: ApiKeyCreateSpecDto;
}

class ApiKeyUpdateSpecDto {
  @TextField({ required: false, example: 'orders-app, second key' }) display_name?: string;
  @TextField({ required: false, example: 'Rotated in May' }) description?: string;
}

export class ApiKeyUpdateDto {
  @ObjectField(() => ApiKeyUpdateSpecDto) spec: ApiKeyUpdateSpecDto;
}

export class ApiKeyQueryDto {
  @TextField({ required: false, description: 'Only keys of this service account or user.' }) 'spec.owner'?: string;
  @TextField({ required: false, description: 'Only keys for this cluster; `cloud` for cloud keys.' }) 'spec.resource'?: string;
}
