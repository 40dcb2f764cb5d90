import { Controller, Get, Inject, Param, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '#libs/control/application';
import type { KafkaDataPlane, MemberDescription } from '#libs/control/application/data-plane';
import { BaseUrl, CurrentCaller, HttpFailure, KAFKA_DATA_PLANE } from '#libs/http';
import { KafkaErrorInterceptor } from '../kafka-error.interceptor.js';
import { linksOf, presentCollection, type Collection } from './envelope.presenter.js';
import { KafkaRestErrors } from './errors.dto.js';
import { ConsumerAssignmentDto, ConsumerAssignmentListDto, ConsumerDto, ConsumerGroupDto, ConsumerGroupLagSummaryDto, ConsumerGroupListDto, ConsumerLagDto, ConsumerLagListDto, ConsumerListDto } from './group.dto.js';
import { presentAssignments, presentConsumer, presentGroup, presentLag, presentLagSummary } from './group.presenter.js';
import { PartitionParams } from './path.params.js';

const notThere = (detail: string): HttpFailure => new HttpFailure(404, 'kafka_40403', [{ detail }]);

@ApiTags('Consumer groups')
@UseInterceptors(KafkaErrorInterceptor)
@Controller('kafka/v3/clusters/:cluster_id/consumer-groups')
export class KafkaGroupsController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane) {}

  @Get()
  @ApiOperation({ summary: 'List consumer groups' })
  @ApiOkResponse({ type: ConsumerGroupListDto })
  @KafkaRestErrors()
  async list(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @BaseUrl() baseUrl: string): Promise<Collection<ConsumerGroupDto>> {
    const links = linksOf(baseUrl, clusterId);
    const groups = await this.kafka.groups.list(caller, clusterId);
    return presentCollection('KafkaConsumerGroupList', links.url('consumer-groups'), groups.map((group) => presentGroup(group, links)));
  }

  @Get(':consumer_group_id')
  @ApiOperation({ summary: 'Read a consumer group' })
  @ApiOkResponse({ type: ConsumerGroupDto })
  @KafkaRestErrors()
  async get(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('consumer_group_id') groupId: string, @BaseUrl() baseUrl: string): Promise<ConsumerGroupDto> {
    return presentGroup(await this.kafka.groups.get(caller, clusterId, groupId), linksOf(baseUrl, clusterId));
  }

  @Get(':consumer_group_id/consumers')
  @ApiOperation({ summary: 'List the members of a group' })
  @ApiOkResponse({ type: ConsumerListDto })
  @KafkaRestErrors()
  async consumers(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('consumer_group_id') groupId: string, @BaseUrl() baseUrl: string): Promise<Collection<ConsumerDto>> {
    const links = linksOf(baseUrl, clusterId);
    const { members } = await this.kafka.groups.get(caller, clusterId, groupId);
    return presentCollection('KafkaConsumerList', links.url('consumer-groups', groupId, 'consumers'), members.map((member) => presentConsumer(groupId, member, links)));
  }

  @Get(':consumer_group_id/consumers/:consumer_id')
  @ApiOperation({ summary: 'Read a member of a group' })
  @ApiOkResponse({ type: ConsumerDto })
  @KafkaRestErrors()
  async consumer(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('consumer_group_id') groupId: string, @Param('consumer_id') consumerId: string, @BaseUrl() baseUrl: string): Promise<ConsumerDto> {
    return presentConsumer(groupId, await this.member(caller, clusterId, groupId, consumerId), linksOf(baseUrl, clusterId));
  }

  @Get(':consumer_group_id/consumers/:consumer_id/assignments')
  @ApiOperation({ summary: 'List the partitions that a member owns' })
  @ApiOkResponse({ type: ConsumerAssignmentListDto })
  @KafkaRestErrors()
  async assignments(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('consumer_group_id') groupId: string, @Param('consumer_id') consumerId: string, @BaseUrl() baseUrl: string): Promise<Collection<ConsumerAssignmentDto>> {
    const links = linksOf(baseUrl, clusterId);
    const member = await this.member(caller, clusterId, groupId, consumerId);
    return presentCollection('KafkaConsumerAssignmentList', links.url('consumer-groups', groupId, 'consumers', consumerId, 'assignments'), presentAssignments(groupId, member, links));
  }

  @Get(':consumer_group_id/consumers/:consumer_id/assignments/:topic_name/partitions/:partition_id')
  @PartitionParams()
  @ApiOperation({ summary: 'Read a member\'s ownership of a partition' })
  @ApiOkResponse({ type: ConsumerAssignmentDto })
  @KafkaRestErrors()
  async assignment(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('consumer_group_id') groupId: string, @Param('consumer_id') consumerId: string, @Param('topic_name') topic: string, @Param('partition_id') partitionId: string, @BaseUrl() baseUrl: string): Promise<ConsumerAssignmentDto> {
    const owned = presentAssignments(groupId, await this.member(caller, clusterId, groupId, consumerId), linksOf(baseUrl, clusterId));
    const found = owned.find((each) => each.topic_name === topic && String(each.partition_id) === partitionId);
    if (!found) throw notThere(`The member "${consumerId}" of the consumer group "${groupId}" doesn't own partition ${partitionId} of "${topic}".`);
    return found;
  }

  @Get(':consumer_group_id/lag-summary')
  @ApiOperation({ summary: 'Sum up a group\'s lag' })
  @ApiOkResponse({ type: ConsumerGroupLagSummaryDto })
  @KafkaRestErrors()
  async lagSummary(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('consumer_group_id') groupId: string, @BaseUrl() baseUrl: string): Promise<ConsumerGroupLagSummaryDto> {
    return presentLagSummary(groupId, await this.kafka.groups.lags(caller, clusterId, groupId), linksOf(baseUrl, clusterId));
  }

  @Get(':consumer_group_id/lags')
  @ApiOperation({ summary: 'List a group\'s lag by partition' })
  @ApiOkResponse({ type: ConsumerLagListDto })
  @KafkaRestErrors()
  async lags(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('consumer_group_id') groupId: string, @BaseUrl() baseUrl: string): Promise<Collection<ConsumerLagDto>> {
    const links = linksOf(baseUrl, clusterId);
    const rows = await this.kafka.groups.lags(caller, clusterId, groupId);
    return presentCollection('KafkaConsumerLagList', links.url('consumer-groups', groupId, 'lags'), rows.map((row) => presentLag(groupId, row, links)));
  }

  @Get(':consumer_group_id/lags/:topic_name/partitions/:partition_id')
  @PartitionParams()
  @ApiOperation({ summary: 'Read a group\'s lag on one partition' })
  @ApiOkResponse({ type: ConsumerLagDto })
  @KafkaRestErrors()
  async lag(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('consumer_group_id') groupId: string, @Param('topic_name') topic: string, @Param('partition_id') partitionId: string, @BaseUrl() baseUrl: string): Promise<ConsumerLagDto> {
    const rows = await this.kafka.groups.lags(caller, clusterId, groupId);
    const row = rows.find((each) => each.topic === topic && String(each.partition) === partitionId);
    if (!row) throw notThere(`The lag of the consumer group "${groupId}" on partition ${partitionId} of "${topic}" isn't known: it has committed nothing there, or the partition has no leader at present.`);
    return presentLag(groupId, row, linksOf(baseUrl, clusterId));
  }

  private async member(caller: Caller, clusterId: string, groupId: string, consumerId: string): Promise<MemberDescription> {
    const { members } = await this.kafka.groups.get(caller, clusterId, groupId);
    const member = members.find((each) => each.memberId === consumerId);
    if (!member) throw notThere(`The consumer group "${groupId}" has no member "${consumerId}".`);
    return member;
  }
}
