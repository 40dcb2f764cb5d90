import { Controller, Get, HttpCode, Inject, Param, Post, UseInterceptors } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, ControlServices } from '#libs/control/application';
import { ApiErrors, BaseUrl, CONTROL_SERVICES, CurrentCaller, LocationInterceptor } from '#libs/http';
import { EngineDto } from './cluster.dto.js';
import { OperationDto } from './operation.dto.js';
import { presentEngine, presentOperation } from './sluice.presenter.js';

@ApiTags('Engines')
@Controller('sluice/v1/clusters')
export class EnginesController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get(':id')
  @ApiOperation({ summary: 'Read a cluster\'s engine', description: 'Its brokers: processes, builds, ports, and what keeps it from working.' })
  @ApiOkResponse({ type: EngineDto })
  @ApiErrors(404)
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<EngineDto> {
    return presentEngine(await this.services.clusters.get(caller, id), baseUrl);
  }

  @Post(':id\\:restart')
  @HttpCode(202)
  @UseInterceptors(LocationInterceptor)
  @ApiOperation({ summary: 'Restart a cluster\'s brokers', description: 'On the platform\'s present build. The vendor\'s phase stays PROVISIONED; the operation tells how far it is.' })
  @ApiAcceptedResponse({ type: OperationDto })
  @ApiErrors(404, 409)
  async restart(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<OperationDto> {
    return presentOperation(await this.services.clusters.restart(caller, id), baseUrl);
  }
}
