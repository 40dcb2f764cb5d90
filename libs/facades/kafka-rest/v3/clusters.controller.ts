import { Controller, Get, Inject, Param, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '#libs/control/application';
import type { KafkaDataPlane } from '#libs/control/application/data-plane';
import { BaseUrl, CurrentCaller, KAFKA_DATA_PLANE } from '#libs/http';
import { KafkaErrorInterceptor } from '../kafka-error.interceptor.js';
import { KafkaClusterDto } from './cluster.dto.js';
import { linksOf } from './envelope.presenter.js';
import { KafkaRestErrors } from './errors.dto.js';

@ApiTags('Inside a cluster')
@UseInterceptors(KafkaErrorInterceptor)
@Controller('kafka/v3/clusters')
export class KafkaClustersController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane) {}

  @Get(':cluster_id')
  @ApiOperation({ summary: 'Read a cluster', description: 'Answered by the cluster itself: it is up when this is 200.' })
  @ApiOkResponse({ type: KafkaClusterDto })
  @KafkaRestErrors()
  async get(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @BaseUrl() baseUrl: string): Promise<KafkaClusterDto> {
    const { description } = await this.kafka.describe(caller, clusterId);
    const links = linksOf(baseUrl, clusterId);
    return {
      kind: 'KafkaCluster', metadata: links.metadata(), cluster_id: clusterId, ...(description.controllerId < 0 ? {} : { controller: links.link('brokers', description.controllerId) }), acls: links.link('acls'),
      brokers: links.link('brokers'), broker_configs: links.link('broker-configs'), consumer_groups: links.link('consumer-groups'), topics: links.link('topics'),
      partition_reassignments: links.link('topics', '-', 'partitions', '-', 'reassignment'),
    };
  }
}
