import { Controller, Get, Inject, Param, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '#libs/control/application';
import type { KafkaDataPlane } from '#libs/control/application/data-plane';
import { BaseUrl, CurrentCaller, KAFKA_DATA_PLANE } from '#libs/http';
import { KafkaErrorInterceptor } from '../kafka-error.interceptor.js';
import { KafkaClusterDto, KafkaClusterListDto } from './cluster.dto.js';
import { presentKafkaCluster } from './cluster.presenter.js';
import { clustersUrl, linksOf, presentCollection, type Collection } from './envelope.presenter.js';
import { KafkaRestErrors } from './errors.dto.js';

@ApiTags('Inside a cluster')
@UseInterceptors(KafkaErrorInterceptor)
@Controller('kafka/v3/clusters')
export class KafkaClustersController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane) {}

  @Get()
  @ApiOperation({ summary: 'List clusters', description: 'A cluster key\'s own; for a cloud key those that its roles reach, in every environment. Told by the platform: one that is being made or paused is in it, and answers 503 when it is asked itself. `controller` is left out.' })
  @ApiOkResponse({ type: KafkaClusterListDto })
  @KafkaRestErrors()
  async list(@CurrentCaller() caller: Caller, @BaseUrl() baseUrl: string): Promise<Collection<KafkaClusterDto>> {
    const ids = await this.kafka.clusters(caller);
    return presentCollection('KafkaClusterList', clustersUrl(baseUrl), ids.map((id) => presentKafkaCluster(linksOf(baseUrl, id), null)));
  }

  @Get(':cluster_id')
  @ApiOperation({ summary: 'Read a cluster', description: 'Answered by the cluster itself: it is up when this is 200.' })
  @ApiOkResponse({ type: KafkaClusterDto })
  @KafkaRestErrors()
  async get(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @BaseUrl() baseUrl: string): Promise<KafkaClusterDto> {
    const { description } = await this.kafka.describe(caller, clusterId);
    return presentKafkaCluster(linksOf(baseUrl, clusterId), description.controllerId < 0 ? null : description.controllerId);
  }
}
