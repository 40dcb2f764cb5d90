import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '#libs/control/application';
import type { KafkaDataPlane } from '#libs/control/application/data-plane';
import { BaseUrl, CurrentCaller, KAFKA_DATA_PLANE } from '#libs/http';
import { KafkaErrorInterceptor } from '../kafka-error.interceptor.js';
import { topicConfigExamples } from './body.examples.js';
import { ConfigBatchDto, ConfigValueDto, TopicConfigDto, TopicConfigListDto } from './config.dto.js';
import { presentTopicConfig, presentTopicDefault, toChanges } from './config.presenter.js';
import { linksOf, presentCollection, type Collection } from './envelope.presenter.js';
import { KafkaRestErrors } from './errors.dto.js';
import { TopicConfigParams, TopicParam } from './path.params.js';

@ApiTags('Topic configs')
@UseInterceptors(KafkaErrorInterceptor)
@Controller('kafka/v3/clusters/:cluster_id/topics')
export class KafkaTopicConfigsController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane) {}

  @Get('-/configs')
  @ApiOperation({ summary: 'List the configs of all topics' })
  @ApiOkResponse({ type: TopicConfigListDto })
  @KafkaRestErrors()
  async listAll(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @BaseUrl() baseUrl: string): Promise<Collection<TopicConfigDto>> {
    const links = linksOf(baseUrl, clusterId);
    const all = await this.kafka.configs.listAllTopics(caller, clusterId);
    return presentCollection('KafkaTopicConfigList', links.url('topics', '-', 'configs'), all.flatMap(({ topic, configs }) => configs.map((entry) => presentTopicConfig(topic, entry, links))));
  }

  @Get(':topic_name/configs')
  @TopicParam()
  @ApiOperation({ summary: 'List a topic\'s configs', description: 'All that there are, with where each value comes from.' })
  @ApiOkResponse({ type: TopicConfigListDto })
  @KafkaRestErrors()
  async list(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') topic: string, @BaseUrl() baseUrl: string): Promise<Collection<TopicConfigDto>> {
    const links = linksOf(baseUrl, clusterId);
    const configs = await this.kafka.configs.list(caller, clusterId, { topic });
    return presentCollection('KafkaTopicConfigList', links.url('topics', topic, 'configs'), configs.map((entry) => presentTopicConfig(topic, entry, links)));
  }

  @Get(':topic_name/default-configs')
  @TopicParam()
  @ApiOperation({ summary: 'List the defaults of a topic\'s configs', description: 'What it has, or would have if it were created, where nothing is set for it.' })
  @ApiOkResponse({ type: TopicConfigListDto })
  @KafkaRestErrors(400)
  async defaults(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') topic: string, @BaseUrl() baseUrl: string): Promise<Collection<TopicConfigDto>> {
    const links = linksOf(baseUrl, clusterId);
    const configs = await this.kafka.configs.topicDefaults(caller, clusterId, topic);
    return presentCollection('KafkaTopicDefaultConfigList', links.url('topics', topic, 'default-configs'), configs.map((entry) => presentTopicDefault(topic, entry, links)));
  }

  @Get(':topic_name/default-configs/:name')
  @TopicConfigParams()
  @ApiOperation({ summary: 'Read the default of one config of a topic' })
  @ApiOkResponse({ type: TopicConfigDto })
  @KafkaRestErrors(400)
  async oneDefault(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') topic: string, @Param('name') name: string, @BaseUrl() baseUrl: string): Promise<TopicConfigDto> {
    return presentTopicDefault(topic, await this.kafka.configs.topicDefault(caller, clusterId, topic, name), linksOf(baseUrl, clusterId));
  }

  @Get(':topic_name/configs/:name')
  @TopicConfigParams()
  @ApiOperation({ summary: 'Read one config of a topic' })
  @ApiOkResponse({ type: TopicConfigDto })
  @KafkaRestErrors(400)
  async get(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') topic: string, @Param('name') name: string, @BaseUrl() baseUrl: string): Promise<TopicConfigDto> {
    return presentTopicConfig(topic, await this.kafka.configs.get(caller, clusterId, { topic }, name), linksOf(baseUrl, clusterId));
  }

  @Put(':topic_name/configs/:name')
  @TopicConfigParams()
  @HttpCode(204)
  @ApiOperation({ summary: 'Set one config of a topic' })
  @ApiNoContentResponse()
  @KafkaRestErrors(400)
  async set(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') topic: string, @Param('name') name: string, @Body() body: ConfigValueDto): Promise<void> {
    await this.kafka.configs.alter(caller, clusterId, { topic }, [{ name, value: body.value ?? null, operation: 'SET' }]);
  }

  @Delete(':topic_name/configs/:name')
  @TopicConfigParams()
  @HttpCode(204)
  @ApiOperation({ summary: 'Reset one config of a topic to its default' })
  @ApiNoContentResponse()
  @KafkaRestErrors(400)
  async reset(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') topic: string, @Param('name') name: string): Promise<void> {
    await this.kafka.configs.alter(caller, clusterId, { topic }, [{ name, value: null, operation: 'DELETE' }]);
  }

  @Post(':topic_name/configs\\:alter')
  @TopicParam()
  @HttpCode(204)
  @ApiOperation({ summary: 'Change several configs of a topic', description: 'All of them or none.' })
  @ApiBody({ type: ConfigBatchDto, examples: topicConfigExamples })
  @ApiNoContentResponse()
  @KafkaRestErrors(400)
  async alter(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('topic_name') topic: string, @Body() body: ConfigBatchDto): Promise<void> {
    await this.kafka.configs.alter(caller, clusterId, { topic }, toChanges(body), { validateOnly: body.validate_only ?? false });
  }
}
