import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '#libs/control/application';
import type { KafkaDataPlane } from '#libs/control/application/data-plane';
import { BaseUrl, CurrentCaller, KAFKA_DATA_PLANE } from '#libs/http';
import { KafkaErrorInterceptor } from '../kafka-error.interceptor.js';
import { brokerConfigExamples } from './body.examples.js';
import { BrokerConfigDto, BrokerConfigListDto, ConfigBatchDto, ConfigValueDto } from './config.dto.js';
import { presentBrokerConfig, toChanges } from './config.presenter.js';
import { linksOf, presentCollection, type Collection } from './envelope.presenter.js';
import { KafkaRestErrors } from './errors.dto.js';
import { BrokerConfigParam } from './path.params.js';

@ApiTags('Broker configs')
@UseInterceptors(KafkaErrorInterceptor)
@Controller('kafka/v3/clusters/:cluster_id')
export class KafkaBrokerConfigsController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane) {}

  @Get('broker-configs')
  @ApiOperation({ summary: 'List the cluster-wide dynamic configs of the brokers' })
  @ApiOkResponse({ type: BrokerConfigListDto })
  @KafkaRestErrors()
  async list(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @BaseUrl() baseUrl: string): Promise<Collection<BrokerConfigDto>> {
    const links = linksOf(baseUrl, clusterId);
    const configs = await this.kafka.configs.list(caller, clusterId, 'broker');
    return presentCollection('KafkaClusterConfigList', links.url('broker-configs'), configs.map((entry) => presentBrokerConfig(entry, links)));
  }

  @Get('broker-configs/:name')
  @BrokerConfigParam()
  @ApiOperation({ summary: 'Read one cluster-wide config' })
  @ApiOkResponse({ type: BrokerConfigDto })
  @KafkaRestErrors(400)
  async get(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('name') name: string, @BaseUrl() baseUrl: string): Promise<BrokerConfigDto> {
    return presentBrokerConfig(await this.kafka.configs.get(caller, clusterId, 'broker', name), linksOf(baseUrl, clusterId));
  }

  @Put('broker-configs/:name')
  @BrokerConfigParam()
  @HttpCode(204)
  @ApiOperation({ summary: 'Set one cluster-wide config' })
  @ApiNoContentResponse()
  @KafkaRestErrors(400)
  async set(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('name') name: string, @Body() body: ConfigValueDto): Promise<void> {
    await this.kafka.configs.alter(caller, clusterId, 'broker', [{ name, value: body.value ?? null, operation: 'SET' }]);
  }

  @Delete('broker-configs/:name')
  @BrokerConfigParam()
  @HttpCode(204)
  @ApiOperation({ summary: 'Reset one cluster-wide config' })
  @ApiNoContentResponse()
  @KafkaRestErrors(400)
  async reset(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Param('name') name: string): Promise<void> {
    await this.kafka.configs.alter(caller, clusterId, 'broker', [{ name, value: null, operation: 'DELETE' }]);
  }

  @Post('broker-configs\\:alter')
  @HttpCode(204)
  @ApiOperation({ summary: 'Change several cluster-wide configs', description: 'All of them or none.' })
  @ApiBody({ type: ConfigBatchDto, examples: brokerConfigExamples })
  @ApiNoContentResponse()
  @KafkaRestErrors(400)
  async alter(@CurrentCaller() caller: Caller, @Param('cluster_id') clusterId: string, @Body() body: ConfigBatchDto): Promise<void> {
    await this.kafka.configs.alter(caller, clusterId, 'broker', toChanges(body), { validateOnly: body.validate_only ?? false });
  }
}
