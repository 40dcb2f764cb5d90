import { Body, Controller, Get, HttpCode, Inject, Param, Post, UseInterceptors } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, ControlServices } from '#libs/control/application';
import { ApiErrors, BaseUrl, CONTROL_SERVICES, CurrentCaller, LocationInterceptor } from '#libs/http';
import { EngineDto, ReplaceBrokerDto } from './cluster.dto.js';
import { replaceBrokerExamples } from './cluster.examples.js';
import { presentReport } from './cluster.presenter.js';
import { OperationDto } from './operation.dto.js';
import { presentOperation } from './sluice.presenter.js';

@ApiTags('Engines')
@Controller('sluice/v1/clusters')
export class EnginesController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get(':id')
  @ApiOperation({
    summary: 'Read what a cluster runs on, and how it is',
    description: 'Its nodes with processes, memory and disk; controller, partitions that aren\'t well, services beside it, operations under way. Machine and cluster are asked now, each within a time of its own: what doesn\'t answer by then is null, and `problems` says why.',
  })
  @ApiOkResponse({ type: EngineDto })
  @ApiErrors(404)
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<EngineDto> {
    return presentReport(await this.services.clusters.inspect(caller, id), baseUrl);
  }

  @Post(':id\\:restart')
  @HttpCode(202)
  @UseInterceptors(LocationInterceptor)
  @ApiOperation({ summary: 'Restart a cluster\'s nodes', description: 'One after another, on the platform\'s present build. The vendor\'s phase stays PROVISIONED; the operation tells how far it is.' })
  @ApiAcceptedResponse({ type: OperationDto })
  @ApiErrors(404, 409)
  async restart(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<OperationDto> {
    return presentOperation(await this.services.clusters.restart(caller, id), baseUrl);
  }

  @Post(':id\\:pause')
  @HttpCode(202)
  @UseInterceptors(LocationInterceptor)
  @ApiOperation({ summary: 'Pause a cluster', description: 'Stops its processes; data, ports and keys are kept. Clients can\'t reach it until it is resumed.' })
  @ApiAcceptedResponse({ type: OperationDto })
  @ApiErrors(404, 409)
  async pause(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<OperationDto> {
    return presentOperation(await this.services.clusters.pause(caller, id), baseUrl);
  }

  @Post(':id\\:resume')
  @HttpCode(202)
  @UseInterceptors(LocationInterceptor)
  @ApiOperation({ summary: 'Resume a paused cluster' })
  @ApiAcceptedResponse({ type: OperationDto })
  @ApiErrors(404, 409, 422)
  async resume(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<OperationDto> {
    return presentOperation(await this.services.clusters.resume(caller, id), baseUrl);
  }

  @Post(':id\\:replace-broker')
  @HttpCode(202)
  @UseInterceptors(LocationInterceptor)
  @ApiOperation({ summary: 'Replace a node that has lost its disk', description: 'Its data is taken away and it begins anew, from what the others have. Refused when nobody else has it, unless forced.' })
  @ApiBody({ type: ReplaceBrokerDto, examples: replaceBrokerExamples })
  @ApiAcceptedResponse({ type: OperationDto })
  @ApiErrors(404, 409, 415, 422)
  async replaceBroker(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: ReplaceBrokerDto, @BaseUrl() baseUrl: string): Promise<OperationDto> {
    return presentOperation(await this.services.clusters.replaceBroker(caller, id, body.node_id, { force: body.force ?? false }), baseUrl);
  }
}
