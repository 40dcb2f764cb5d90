import { Controller, Get, Inject, Param, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '#libs/control/application';
import type { KafkaDataPlane } from '#libs/control/application/data-plane';
import { BaseUrl, CurrentCaller, KAFKA_DATA_PLANE } from '#libs/http';
import { KafkaErrorInterceptor } from '../kafka-error.interceptor.js';
import { BrokerDto, BrokerListDto, ReplicaDto, ReplicaListDto } from './broker.dto.js';
import { presentBroker, presentReplica } from './broker.presenter.js';
import { findBroker } from './broker.finder.js';
import { linksOf, presentCollection, type Collection } from './envelope.presenter.js';
import { KafkaRestErrors } from './errors.dto.js';
import { BrokerParam } from './path.params.js';

@ApiTags('Inside a cluster')
@UseInterceptors(KafkaErrorInterceptor)
@Controller('kafka/v3/clusters/:cluster_id/brokers')
export class KafkaBrokersController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane) {}

  @Get()
  @ApiOperation({ summary: 'List brokers' })
  @ApiOkResponse({ type: BrokerListDto })
  @KafkaRestErrors()
  async list(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @BaseUrl() baseUrl: string): Promise<Collection<BrokerDto>> {
    const links = linksOf(baseUrl, clusterId);
    const { description } = await this.kafka.describe(caller, clusterId);
    return presentCollection('KafkaBrokerList', links.url('brokers'), description.brokers.map((broker) => presentBroker(broker, links)));
  }

  @Get(':broker_id')
  @BrokerParam()
  @ApiOperation({ summary: 'Read a broker' })
  @ApiOkResponse({ type: BrokerDto })
  @KafkaRestErrors()
  async get(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('broker_id') brokerId: string, @BaseUrl() baseUrl: string): Promise<BrokerDto> {
    return presentBroker(await findBroker(this.kafka, caller, clusterId, brokerId), linksOf(baseUrl, clusterId));
  }

  @Get(':broker_id/partition-replicas')
  @BrokerParam()
  @ApiOperation({ summary: 'List a broker\'s replicas', description: 'Of topics that the key may describe.' })
  @ApiOkResponse({ type: ReplicaListDto })
  @KafkaRestErrors()
  async replicas(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('broker_id') brokerId: string, @BaseUrl() baseUrl: string): Promise<Collection<ReplicaDto>> {
    const links = linksOf(baseUrl, clusterId);
    const { nodeId } = await findBroker(this.kafka, caller, clusterId, brokerId);
    const topics = await this.kafka.topics.list(caller, clusterId);
    const here = topics.flatMap((topic) => topic.partitions.filter(({ replicas }) => replicas.includes(nodeId)).map((partition) => presentReplica(topic.name, partition, nodeId, links)));
    return presentCollection('KafkaReplicaList', links.url('brokers', nodeId, 'partition-replicas'), here);
  }
}
