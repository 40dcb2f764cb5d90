import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, UseInterceptors } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, ControlServices } from '#libs/control/application';
import { ApiErrors, ApiPaging, BaseUrl, CONTROL_SERVICES, CurrentCaller, LocationInterceptor, Paging, presentList, type ListBody, type ListRequest } from '#libs/http';
import { AttachedClusterCreateDto, AttachedClusterDto, AttachedClusterListDto, AttachedClusterUpdateDto, DetachedClusterDto } from './attached-clusters.dto.js';
import { presentAttachedCluster, presentDetachedCluster, toAttachInput, toRemoteInput } from './attached-clusters.presenter.js';
import { SLUICE_V1 } from './paths.js';

/** Clusters that run elsewhere. Who has them may look; what the platform connects to is the operator's. */
@ApiTags('Attached clusters')
@Controller('sluice/v1/attached-clusters')
export class AttachedClustersController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get()
  @ApiOperation({ summary: 'List attached clusters', description: 'For the operator those of every organization; for others those that their roles let them read.' })
  @ApiPaging()
  @ApiOkResponse({ type: AttachedClusterListDto })
  @ApiErrors(400)
  async list(@CurrentCaller() caller: Caller, @Paging() page: ListRequest, @BaseUrl() baseUrl: string): Promise<ListBody<AttachedClusterDto>> {
    return presentList(SLUICE_V1, 'AttachedClusterList', page, await this.services.attachedClusters.list(caller, page), (each) => presentAttachedCluster(each, baseUrl));
  }

  @Post()
  @UseInterceptors(LocationInterceptor)
  @ApiOperation({
    summary: 'Attach a cluster',
    description: 'For the operator of the platform. The cluster is tested before: every bootstrap and every advertised address is connected to and logged in at, within 10 seconds. Addresses of private networks are refused unless SLUICE_EGRESS_ALLOW names them.',
  })
  @ApiCreatedResponse({ type: AttachedClusterDto })
  @ApiErrors(400, 402, 404, 409, 415, 422)
  async create(@CurrentCaller() caller: Caller, @Body() body: AttachedClusterCreateDto, @BaseUrl() baseUrl: string): Promise<AttachedClusterDto> {
    return presentAttachedCluster(await this.services.attachedClusters.attach(caller, toAttachInput(body)), baseUrl);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read an attached cluster', description: 'How it is reached, what it can, and how its brokers were seen last. Without its secrets.' })
  @ApiOkResponse({ type: AttachedClusterDto })
  @ApiErrors(404)
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<AttachedClusterDto> {
    return presentAttachedCluster(await this.services.attachedClusters.get(caller, id), baseUrl);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change how an attached cluster is reached', description: 'For the operator. Tested as at first before anything is changed; without a field it is a new test alone. It must still be the same cluster.' })
  @ApiOkResponse({ type: AttachedClusterDto })
  @ApiErrors(400, 404, 409, 415, 422)
  async update(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: AttachedClusterUpdateDto, @BaseUrl() baseUrl: string): Promise<AttachedClusterDto> {
    return presentAttachedCluster(await this.services.attachedClusters.update(caller, id, toRemoteInput(body)), baseUrl);
  }

  @Delete(':id')
  @HttpCode(200)
  @ApiOperation({ summary: 'Detach a cluster', description: 'For the operator. Topics, groups and ACLs of the cluster stay as they are; the users that were made for API keys go, where it can be reached.' })
  @ApiOkResponse({ type: DetachedClusterDto })
  @ApiErrors(404, 409)
  async remove(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<DetachedClusterDto> {
    return presentDetachedCluster(id, await this.services.attachedClusters.detach(caller, id));
  }
}
