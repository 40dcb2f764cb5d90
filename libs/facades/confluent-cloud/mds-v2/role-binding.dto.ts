import { ApiProperty } from '@nestjs/swagger';
import { listOf, ObjectMetadataDto, TextField } from '#libs/http';

export class RoleBindingDto {
  @ApiProperty({ example: 'iam/v2' }) api_version: string;
  @ApiProperty({ example: 'RoleBinding' }) kind: string;
  @ApiProperty({ example: 'rb-2c6v8x0z' }) id: string;
  @ApiProperty({ type: () => ObjectMetadataDto }) metadata: ObjectMetadataDto;
  @ApiProperty({ example: 'User:sa-5t7r1n9b' }) principal: string;
  @ApiProperty({ example: 'CloudClusterAdmin' }) role_name: string;
  @ApiProperty({ example: 'crn://confluent.cloud/organization=9f0c2d6e-4b7a-4c1d-8e3f-5a6b7c8d9e0f/environment=env-8k2m4x1p/cloud-cluster=lkc-7w3k9d2m' }) crn_pattern: string;
}

export const RoleBindingListDto = listOf(RoleBindingDto, 'iam/v2', 'RoleBindingList');

const scopeHelp = 'An organization, environment or cloud-cluster, as in `crn://confluent.cloud/organization=…/environment=env-…/cloud-cluster=lkc-…`.';

export class RoleBindingCreateDto {
  @TextField({ example: 'User:sa-5t7r1n9b', description: '`User:` and the id of a service account or user.' }) principal: string;
  @TextField({ example: 'CloudClusterAdmin', description: 'OrganizationAdmin, EnvironmentAdmin or CloudClusterAdmin.' }) role_name: string;
  @TextField({ example: 'crn://confluent.cloud/organization=9f0c2d6e-4b7a-4c1d-8e3f-5a6b7c8d9e0f/environment=env-8k2m4x1p/cloud-cluster=lkc-7w3k9d2m', description: scopeHelp }) crn_pattern: string;
}

export class RoleBindingQueryDto {
  @TextField({ example: 'crn://confluent.cloud/organization=9f0c2d6e-4b7a-4c1d-8e3f-5a6b7c8d9e0f/*', description: `${scopeHelp} With \`/*\` at its end, everything below it as well.` }) crn_pattern: string;
  @TextField({ required: false, description: 'As in `User:sa-5t7r1n9b`.' }) principal?: string;
  @TextField({ required: false, description: 'As in `CloudClusterAdmin`.' }) role_name?: string;
}
