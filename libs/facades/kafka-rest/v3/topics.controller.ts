import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, Res, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Caller } from '#libs/control/application';
import type { KafkaDataPlane } from '#libs/control/application/data-plane';
import { BaseUrl, CurrentCaller, HttpFailure, KAFKA_DATA_PLANE } from '#libs/http';
import { KafkaErrorInterceptor } from '../kafka-error.interceptor.js';
import { topicCreateExamples, topicUpdateExamples } from './body.examples.js';
import { linksOf, presentCollection, type Collection } from './envelope.presenter.js';
import { KafkaRestErrors } from './errors.dto.js';
import { PartitionDto, PartitionListDto, TopicCreateDto, TopicDto, TopicListDto, TopicUpdateDto } from './topic.dto.js';
import { toTopicInput } from './topic.mapper.js';
import { presentPartition, presentTopic } from './topic.presenter.js';
import { PartitionParams, TopicParam } from './path.params.js';

@ApiTags('Topics')
@UseInterceptors(KafkaErrorInterceptor)
@Controller('kafka/v3/clusters/:cluster_id/topics')
export class KafkaTopicsController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane) {}

  @Get()
  @ApiOperation({ summary: 'List topics', description: 'Those that the key may describe.' })
  @ApiOkResponse({ type: TopicListDto })
  @KafkaRestErrors()
  async list(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @BaseUrl() baseUrl: string): Promise<Collection<TopicDto>> {
    const links = linksOf(baseUrl, clusterId);
    const topics = await this.kafka.topics.list(caller, clusterId);
    return presentCollection('KafkaTopicList', links.url('topics'), topics.map((topic) => presentTopic(topic, links)));
  }

  @Post()
  @ApiOperation({ summary: 'Create a topic', description: '201 when it is there; a mere validation answers 200. A name with both "." and "_" comes with a warning.' })
  @ApiBody({ type: TopicCreateDto, examples: topicCreateExamples })
  @ApiCreatedResponse({ type: TopicDto })
  @KafkaRestErrors(400)
  async create(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Body() body: TopicCreateDto, @BaseUrl() baseUrl: string, @Res({ passthrough: true }) response: Response): Promise<TopicDto> {
    const input = toTopicInput(body);
    const created = await this.kafka.topics.create(caller, clusterId, input);
    for (const warning of created.warnings) response.append('Warning', `299 - ${JSON.stringify(warning)}`);
    if (created.topic === null) response.status(200);
    return presentTopic(created.topic ?? planned(input.name, created), linksOf(baseUrl, clusterId), created.warnings);
  }

  @Get(':topic_name')
  @TopicParam()
  @ApiOperation({ summary: 'Read a topic' })
  @ApiQuery({ name: 'include_authorized_operations', required: false, type: Boolean })
  @ApiOkResponse({ type: TopicDto })
  @KafkaRestErrors()
  async get(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') name: string, @BaseUrl() baseUrl: string, @Query('include_authorized_operations') include?: string): Promise<TopicDto> {
    return presentTopic(await this.kafka.topics.get(caller, clusterId, name, { authorizedOperations: include === 'true' }), linksOf(baseUrl, clusterId));
  }

  @Patch(':topic_name')
  @TopicParam()
  @ApiOperation({ summary: 'Add partitions', description: 'A topic never loses partitions and never changes its name: delete it and create it again.' })
  @ApiBody({ type: TopicUpdateDto, examples: topicUpdateExamples })
  @ApiOkResponse({ type: TopicDto })
  @KafkaRestErrors(400)
  async update(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') name: string, @Body() body: TopicUpdateDto, @BaseUrl() baseUrl: string): Promise<TopicDto> {
    const change = { newName: body.topic_name ?? undefined, partitionsCount: body.partitions_count };
    return presentTopic(await this.kafka.topics.update(caller, clusterId, name, change), linksOf(baseUrl, clusterId));
  }

  @Delete(':topic_name')
  @TopicParam()
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a topic', description: 'With all of its records.' })
  @ApiNoContentResponse()
  @KafkaRestErrors()
  async remove(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') name: string): Promise<void> {
    await this.kafka.topics.remove(caller, clusterId, name);
  }

  @Get(':topic_name/partitions')
  @TopicParam()
  @ApiOperation({ summary: 'List partitions' })
  @ApiOkResponse({ type: PartitionListDto })
  @KafkaRestErrors()
  async partitions(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') name: string, @BaseUrl() baseUrl: string): Promise<Collection<PartitionDto>> {
    const links = linksOf(baseUrl, clusterId);
    const topic = await this.kafka.topics.get(caller, clusterId, name);
    return presentCollection('KafkaPartitionList', links.url('topics', name, 'partitions'), topic.partitions.map((partition) => presentPartition(name, partition, links)));
  }

  @Get(':topic_name/partitions/:partition_id')
  @PartitionParams()
  @ApiOperation({ summary: 'Read a partition' })
  @ApiOkResponse({ type: PartitionDto })
  @KafkaRestErrors()
  async partition(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') name: string, @Param('partition_id') partitionId: string, @BaseUrl() baseUrl: string): Promise<PartitionDto> {
    const topic = await this.kafka.topics.get(caller, clusterId, name);
    const partition = topic.partitions.find((each) => String(each.partition) === partitionId);
    if (!partition) throw new HttpFailure(404, 'kafka_40403', [{ detail: `The topic "${name}" has no partition ${partitionId}.` }]);
    return presentPartition(name, partition, linksOf(baseUrl, clusterId));
  }
}

/** What a validated topic would look like. */
function planned(name: string, counts: { partitionsCount: number; replicationFactor: number }) {
  const replicas = new Array<number>(Math.max(0, counts.replicationFactor)).fill(0);
  const partitions = Array.from({ length: Math.max(0, counts.partitionsCount) }, (_, partition) => ({ partition, leader: null, replicas, isr: [] }));
  return { name, topicId: '', isInternal: false, authorizedOperations: null, partitions };
}
