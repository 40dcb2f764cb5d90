import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '#libs/control/application';
import type { ConfigChange, KafkaDataPlane } from '#libs/control/application/data-plane';
import { BaseUrl, CurrentCaller, KAFKA_DATA_PLANE } from '#libs/http';
import { KafkaErrorInterceptor } from '../kafka-error.interceptor.js';
import { brokerConfigExamples } from './body.examples.js';
import { findBroker } from './broker.finder.js';
import { BrokerConfigDto, BrokerConfigListDto, ConfigBatchDto, ConfigValueDto } from './config.dto.js';
import { presentOneBrokersConfig, toChanges } from './config.presenter.js';
import { linksOf, presentCollection, type Collection } from './envelope.presenter.js';
import { KafkaRestErrors } from './errors.dto.js';
import { BrokerConfigParam, BrokerParam } from './path.params.js';

/** Settings of one broker alone; what all share stands under `broker-configs`. */
@ApiTags('Broker configs')
@UseInterceptors(KafkaErrorInterceptor)
@Controller('kafka/v3/clusters/:cluster_id/brokers/:broker_id')
export class KafkaOneBrokerConfigsController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane) {}

  @Get('configs')
  @BrokerParam()
  @ApiOperation({ summary: 'List a broker\'s configs', description: 'All that there are, with where each value comes from.' })
  @ApiOkResponse({ type: BrokerConfigListDto })
  @KafkaRestErrors()
  async list(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('broker_id') brokerId: string, @BaseUrl() baseUrl: string): Promise<Collection<BrokerConfigDto>> {
    const links = linksOf(baseUrl, clusterId);
    const { nodeId } = await findBroker(this.kafka, caller, clusterId, brokerId);
    const configs = await this.kafka.configs.list(caller, clusterId, { broker: nodeId });
    return presentCollection('KafkaBrokerConfigList', links.url('brokers', nodeId, 'configs'), configs.map((entry) => presentOneBrokersConfig(nodeId, entry, links)));
  }

  @Get('configs/:name')
  @BrokerParam()
  @BrokerConfigParam()
  @ApiOperation({ summary: 'Read one config of a broker' })
  @ApiOkResponse({ type: BrokerConfigDto })
  @KafkaRestErrors(400)
  async get(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('broker_id') brokerId: string, @Param('name') name: string, @BaseUrl() baseUrl: string): Promise<BrokerConfigDto> {
    const { nodeId } = await findBroker(this.kafka, caller, clusterId, brokerId);
    return presentOneBrokersConfig(nodeId, await this.kafka.configs.get(caller, clusterId, { broker: nodeId }, name), linksOf(baseUrl, clusterId));
  }

  @Put('configs/:name')
  @BrokerParam()
  @BrokerConfigParam()
  @HttpCode(204)
  @ApiOperation({ summary: 'Set one config of a broker' })
  @ApiNoContentResponse()
  @KafkaRestErrors(400)
  async set(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('broker_id') brokerId: string, @Param('name') name: string, @Body() body: ConfigValueDto): Promise<void> {
    await this.change(caller, clusterId, brokerId, [{ name, value: body.value ?? null, operation: 'SET' }]);
  }

  @Delete('configs/:name')
  @BrokerParam()
  @BrokerConfigParam()
  @HttpCode(204)
  @ApiOperation({ summary: 'Reset one config of a broker' })
  @ApiNoContentResponse()
  @KafkaRestErrors(400)
  async reset(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('broker_id') brokerId: string, @Param('name') name: string): Promise<void> {
    await this.change(caller, clusterId, brokerId, [{ name, value: null, operation: 'DELETE' }]);
  }

  @Post('configs\\:alter')
  @BrokerParam()
  @HttpCode(204)
  @ApiOperation({ summary: 'Change several configs of a broker', description: 'All of them or none.' })
  @ApiBody({ type: ConfigBatchDto, examples: brokerConfigExamples })
  @ApiNoContentResponse()
  @KafkaRestErrors(400)
  async alter(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('broker_id') brokerId: string, @Body() body: ConfigBatchDto): Promise<void> {
    await this.change(caller, clusterId, brokerId, toChanges(body), body.validate_only ?? false);
  }

  private async change(caller: Caller, clusterId: string, brokerId: string, changes: readonly ConfigChange[], validateOnly = false): Promise<void> {
    const { nodeId } = await findBroker(this.kafka, caller, clusterId, brokerId);
    await this.kafka.configs.alter(caller, clusterId, { broker: nodeId }, changes, { validateOnly });
  }
}
