import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, ControlServices } from '#libs/control/application';
import { ApiErrors, ApiPaging, BaseUrl, CONTROL_SERVICES, CurrentCaller, LocationInterceptor, Paging, presentList, type ListBody, type ListRequest } from '#libs/http';
import { ClusterCreateDto, ClusterDto, ClusterListDto, ClusterListQueryDto, ClusterQueryDto, ClusterUpdateDto } from './cluster.dto.js';
import { clusterCreateExamples, clusterUpdateExamples } from './cluster.examples.js';
import { CMK_V2, presentCluster, toClusterChange, toClusterInput, toDeletionProtectionFilter } from './cluster.mapper.js';
import { sent } from '../envelope.presenter.js';

@ApiTags('Kafka clusters')
@Controller('cmk/v2/clusters')
export class ClustersController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get()
  @ApiOperation({ summary: 'List clusters', description: 'Those of an environment that the key\'s principal may read.' })
  @ApiPaging()
  @ApiOkResponse({ type: ClusterListDto })
  @ApiErrors(400, 404)
  async list(@CurrentCaller() caller: Caller, @Paging() page: ListRequest, @Query() query: ClusterListQueryDto, @BaseUrl() baseUrl: string): Promise<ListBody<ClusterDto>> {
    const filter = sent({ environmentId: query.environment, deletionProtection: toDeletionProtectionFilter(query['spec.deletion_protection']) });
    return presentList(CMK_V2, 'ClusterList', page, await this.services.clusters.list(caller, page, filter), (each) => presentCluster(each, baseUrl));
  }

  @Post()
  @HttpCode(202)
  @UseInterceptors(LocationInterceptor)
  @ApiOperation({ summary: 'Create a cluster', description: 'Answers at once, in the phase PROVISIONING; read it until it is PROVISIONED, or FAILED with a reason. Keys and role bindings can be made meanwhile.' })
  @ApiBody({ type: ClusterCreateDto, examples: clusterCreateExamples })
  @ApiAcceptedResponse({ type: ClusterDto })
  @ApiErrors(400, 402, 404, 409, 415, 422)
  async create(@CurrentCaller() caller: Caller, @Body() body: ClusterCreateDto, @BaseUrl() baseUrl: string): Promise<ClusterDto> {
    return presentCluster(await this.services.clusters.create(caller, toClusterInput(body)), baseUrl);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a cluster' })
  @ApiOkResponse({ type: ClusterDto })
  @ApiErrors(400, 404)
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string, @Query() query: ClusterQueryDto, @BaseUrl() baseUrl: string): Promise<ClusterDto> {
    return presentCluster(await this.services.clusters.get(caller, id, query.environment), baseUrl);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Update a cluster', description: 'Fields left out stay as they are. `spec.environment.id` names the cluster\'s environment; it can\'t be changed.' })
  @ApiBody({ type: ClusterUpdateDto, examples: clusterUpdateExamples })
  @ApiOkResponse({ type: ClusterDto })
  @ApiErrors(400, 402, 404, 409, 415, 422)
  async update(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: ClusterUpdateDto, @BaseUrl() baseUrl: string): Promise<ClusterDto> {
    return presentCluster(await this.services.clusters.update(caller, id, body.spec.environment.id, toClusterChange(body)), baseUrl);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a cluster', description: 'With all its records and keys, in every phase. Not while it has deletion protection: 409.' })
  @ApiNoContentResponse()
  @ApiErrors(400, 404, 409)
  async remove(@CurrentCaller() caller: Caller, @Param('id') id: string, @Query() query: ClusterQueryDto): Promise<void> {
    await this.services.clusters.remove(caller, id, query.environment);
  }
}
