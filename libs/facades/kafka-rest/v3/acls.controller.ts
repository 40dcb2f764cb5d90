import { applyDecorators, Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Caller } from '#libs/control/application';
import type { AclEntry, KafkaDataPlane } from '#libs/control/application/data-plane';
import { BaseUrl, CurrentCaller, KAFKA_DATA_PLANE } from '#libs/http';
import { KafkaErrorInterceptor } from '../kafka-error.interceptor.js';
import { AclBatchDto, AclDto, AclInputDto, AclListDto, AclQueryDto } from './acl.dto.js';
import { nameOf, OPERATIONS, PATTERN_TYPES, PERMISSIONS, RESOURCE_TYPES, toAcl, toDeletionFilter, toFilter } from './acl.mapper.js';
import { linksOf, presentCollection, type Collection, type Links } from './envelope.presenter.js';
import { KafkaRestErrors } from './errors.dto.js';

function presentAcl(acl: AclEntry, links: Links): AclDto {
  const names = {
    resource_type: nameOf(RESOURCE_TYPES, acl.resourceType), resource_name: acl.resourceName, pattern_type: nameOf(PATTERN_TYPES, acl.patternType), principal: acl.principal, host: acl.host,
    operation: nameOf(OPERATIONS, acl.operation), permission: nameOf(PERMISSIONS, acl.permissionType),
  };
  return { kind: 'KafkaAcl', metadata: { self: `${links.url('acls')}?${new URLSearchParams(names).toString()}`, resource_name: null }, cluster_id: links.clusterId, ...names };
}

const presentAcls = (acls: readonly AclEntry[], links: Links): Collection<AclDto> => presentCollection('KafkaAclList', links.url('acls'), acls.map((acl) => presentAcl(acl, links)));

/** Deleting takes these where searching does without them. */
const RequiredQuery = (...names: string[]): MethodDecorator => applyDecorators(...names.map((name) => ApiQuery({ name, required: true })));

@ApiTags('ACLs')
@UseInterceptors(KafkaErrorInterceptor)
@Controller('kafka/v3/clusters/:cluster_id')
export class KafkaAclsController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane) {}

  @Get('acls')
  @ApiOperation({ summary: 'Search ACLs', description: 'An absent or empty parameter matches everything.' })
  @ApiOkResponse({ type: AclListDto })
  @KafkaRestErrors(400)
  async search(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Query() query: AclQueryDto, @BaseUrl() baseUrl: string): Promise<Collection<AclDto>> {
    return presentAcls(await this.kafka.acls.search(caller, clusterId, toFilter(query)), linksOf(baseUrl, clusterId));
  }

  @Post('acls')
  @ApiOperation({ summary: 'Create an ACL', description: 'In force when this answers.' })
  @ApiCreatedResponse({ description: 'Created; no body.' })
  @KafkaRestErrors(400)
  async create(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Body() body: AclInputDto): Promise<void> {
    await this.kafka.acls.create(caller, clusterId, [toAcl(body)]);
  }

  @Post('acls\\:batch')
  @HttpCode(201)
  @ApiOperation({ summary: 'Create several ACLs' })
  @ApiCreatedResponse({ description: 'Created; no body.' })
  @KafkaRestErrors(400)
  async createBatch(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Body() body: AclBatchDto): Promise<void> {
    await this.kafka.acls.create(caller, clusterId, body.data.map(toAcl));
  }

  @Delete('acls')
  @ApiOperation({ summary: 'Delete ACLs', description: 'Answers those that were deleted.' })
  @RequiredQuery('resource_type', 'pattern_type', 'operation', 'permission')
  @ApiOkResponse({ type: AclListDto })
  @KafkaRestErrors(400)
  async remove(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Query() query: AclQueryDto, @BaseUrl() baseUrl: string): Promise<Collection<AclDto>> {
    return presentAcls(await this.kafka.acls.remove(caller, clusterId, toDeletionFilter(query)), linksOf(baseUrl, clusterId));
  }
}
