import { ApiProperty } from '@nestjs/swagger';
import { ListField, TextField } from '#libs/http';
import { collectionOf, ResourceMetadataDto } from './envelope.presenter.js';

export class AclDto {
  @ApiProperty({ example: 'KafkaAcl' }) kind: string;
  @ApiProperty({ type: () => ResourceMetadataDto }) metadata: ResourceMetadataDto;
  @ApiProperty() cluster_id: string;
  @ApiProperty({ example: 'TOPIC' }) resource_type: string;
  @ApiProperty({ example: 'orders' }) resource_name: string;
  @ApiProperty({ example: 'LITERAL' }) pattern_type: string;
  @ApiProperty({ example: 'User:sa-8k2m4x' }) principal: string;
  @ApiProperty({ example: '*' }) host: string;
  @ApiProperty({ example: 'WRITE' }) operation: string;
  @ApiProperty({ example: 'ALLOW' }) permission: string;
}
export const AclListDto = collectionOf(AclDto, 'KafkaAclList');

export class AclInputDto {
  @TextField({ example: 'TOPIC', description: 'TOPIC, GROUP, CLUSTER, TRANSACTIONAL_ID, DELEGATION_TOKEN' }) resource_type: string;
  @TextField({ example: 'orders', description: '"kafka-cluster" for CLUSTER; "*" for all' }) resource_name: string;
  @TextField({ example: 'LITERAL', description: 'LITERAL, PREFIXED' }) pattern_type: string;
  @TextField({ example: 'User:sa-8k2m4x' }) principal: string;
  @TextField({ example: '*' }) host: string;
  @TextField({ example: 'WRITE', description: 'ALL, READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE' }) operation: string;
  @TextField({ example: 'ALLOW', description: 'ALLOW, DENY' }) permission: string;
}

export class AclBatchDto {
  @ListField(() => AclInputDto, { minSize: 1, maxSize: 500 }) data: AclInputDto[];
}

export class AclQueryDto {
  @TextField({ required: false, description: 'ANY, TOPIC, GROUP, CLUSTER, TRANSACTIONAL_ID, DELEGATION_TOKEN' }) resource_type?: string;
  @TextField({ required: false }) resource_name?: string;
  @TextField({ required: false, description: 'ANY, MATCH, LITERAL, PREFIXED' }) pattern_type?: string;
  @TextField({ required: false, description: 'As in `User:sa-8k2m4x`.' }) principal?: string;
  @TextField({ required: false }) host?: string;
  @TextField({ required: false, description: 'ANY, or one as in an ACL: `READ`.' }) operation?: string;
  @TextField({ required: false, description: 'ANY, ALLOW, DENY' }) permission?: string;
}
