import { Controller, Get, Inject, Param, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '#libs/control/application';
import type { KafkaDataPlane, TopicDescription } from '#libs/control/application/data-plane';
import { BaseUrl, CurrentCaller, HttpFailure, KAFKA_DATA_PLANE } from '#libs/http';
import { KafkaErrorInterceptor } from '../kafka-error.interceptor.js';
import { ReassignmentDto, ReassignmentListDto, ReplicaDto, ReplicaListDto } from './broker.dto.js';
import { presentReassignment, presentReplica } from './broker.presenter.js';
import { linksOf, presentCollection, type Collection } from './envelope.presenter.js';
import { KafkaRestErrors } from './errors.dto.js';
import { PartitionParams, ReplicaParams, TopicParam } from './path.params.js';

const missing = (detail: string): HttpFailure => new HttpFailure(404, 'kafka_40403', [{ detail }]);

@ApiTags('Topics')
@UseInterceptors(KafkaErrorInterceptor)
@Controller('kafka/v3/clusters/:cluster_id/topics')
export class KafkaReplicasController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane) {}

  @Get('-/partitions/-/reassignment')
  @ApiOperation({ summary: 'List reassignments under way', description: 'Of all topics.' })
  @ApiOkResponse({ type: ReassignmentListDto })
  @KafkaRestErrors()
  async reassignments(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @BaseUrl() baseUrl: string): Promise<Collection<ReassignmentDto>> {
    const links = linksOf(baseUrl, clusterId);
    const found = await this.kafka.topics.reassignments(caller, clusterId, null);
    return presentCollection('KafkaReassignmentList', links.url('topics', '-', 'partitions', '-', 'reassignment'), found.map((each) => presentReassignment(each, links)));
  }

  @Get(':topic_name/partitions/-/reassignment')
  @TopicParam()
  @ApiOperation({ summary: 'List a topic\'s reassignments under way' })
  @ApiOkResponse({ type: ReassignmentListDto })
  @KafkaRestErrors()
  async reassignmentsOf(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') topic: string, @BaseUrl() baseUrl: string): Promise<Collection<ReassignmentDto>> {
    const links = linksOf(baseUrl, clusterId);
    const found = await this.kafka.topics.reassignments(caller, clusterId, topic);
    return presentCollection('KafkaReassignmentList', links.url('topics', topic, 'partitions', '-', 'reassignment'), found.map((each) => presentReassignment(each, links)));
  }

  @Get(':topic_name/partitions/:partition_id/reassignment')
  @PartitionParams()
  @ApiOperation({ summary: 'Read a partition\'s reassignment', description: '404 while there is none.' })
  @ApiOkResponse({ type: ReassignmentDto })
  @KafkaRestErrors()
  async reassignment(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') topic: string, @Param('partition_id') partitionId: string, @BaseUrl() baseUrl: string): Promise<ReassignmentDto> {
    const found = (await this.kafka.topics.reassignments(caller, clusterId, topic)).find(({ partition }) => String(partition) === partitionId);
    if (found === undefined) throw missing(`No reassignment of partition ${partitionId} of the topic "${topic}" is under way.`);
    return presentReassignment(found, linksOf(baseUrl, clusterId));
  }

  @Get(':topic_name/partitions/:partition_id/replicas')
  @PartitionParams()
  @ApiOperation({ summary: 'List a partition\'s replicas' })
  @ApiOkResponse({ type: ReplicaListDto })
  @KafkaRestErrors()
  async replicas(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') topic: string, @Param('partition_id') partitionId: string, @BaseUrl() baseUrl: string): Promise<Collection<ReplicaDto>> {
    const links = linksOf(baseUrl, clusterId);
    const partition = await this.find(caller, clusterId, topic, partitionId);
    return presentCollection('KafkaReplicaList', links.url('topics', topic, 'partitions', partition.partition, 'replicas'), partition.replicas.map((brokerId) => presentReplica(topic, partition, brokerId, links)));
  }

  @Get(':topic_name/partitions/:partition_id/replicas/:broker_id')
  @ReplicaParams()
  @ApiOperation({ summary: 'Read a replica' })
  @ApiOkResponse({ type: ReplicaDto })
  @KafkaRestErrors()
  async replica(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') topic: string, @Param('partition_id') partitionId: string, @Param('broker_id') brokerId: string, @BaseUrl() baseUrl: string): Promise<ReplicaDto> {
    const partition = await this.find(caller, clusterId, topic, partitionId);
    const replica = partition.replicas.find((each) => String(each) === brokerId);
    if (replica === undefined) throw missing(`The partition ${partitionId} of the topic "${topic}" has no replica on broker ${brokerId}.`);
    return presentReplica(topic, partition, replica, linksOf(baseUrl, clusterId));
  }

  private async find(caller: Caller, clusterId: string, topic: string, partitionId: string): Promise<TopicDescription['partitions'][number]> {
    const { partitions } = await this.kafka.topics.get(caller, clusterId, topic);
    const partition = partitions.find((each) => String(each.partition) === partitionId);
    if (partition === undefined) throw missing(`The topic "${topic}" has no partition ${partitionId}.`);
    return partition;
  }
}
