import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, UseInterceptors } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ControlServices, Caller } from '#libs/control/application';
import { ApiErrors, ApiPaging, BaseUrl, CONTROL_SERVICES, CurrentCaller, LocationInterceptor, Paging, presentList, type ListBody, type ListRequest } from '#libs/http';
import { EnvironmentCreateDto, EnvironmentDto, EnvironmentListDto, EnvironmentUpdateDto } from './environment.dto.js';
import { ORG_V2, presentEnvironment } from './org.presenter.js';
import { given, sent } from '../envelope.presenter.js';

@ApiTags('Environments')
@Controller('org/v2/environments')
export class EnvironmentsController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get()
  @ApiOperation({ summary: 'List environments', description: 'Those that the key\'s principal may read.' })
  @ApiPaging()
  @ApiOkResponse({ type: EnvironmentListDto })
  @ApiErrors(400)
  async list(@CurrentCaller() caller: Caller, @Paging() page: ListRequest, @BaseUrl() baseUrl: string): Promise<ListBody<EnvironmentDto>> {
    return presentList(ORG_V2, 'EnvironmentList', page, await this.services.environments.list(caller, page), (each) => presentEnvironment(each, baseUrl));
  }

  @Post()
  @UseInterceptors(LocationInterceptor)
  @ApiOperation({ summary: 'Create an environment', description: 'For an OrganizationAdmin. The object is complete in the answer.' })
  @ApiCreatedResponse({ type: EnvironmentDto })
  @ApiErrors(400, 402, 409, 415, 422)
  async create(@CurrentCaller() caller: Caller, @Body() body: EnvironmentCreateDto, @BaseUrl() baseUrl: string): Promise<EnvironmentDto> {
    return presentEnvironment(await this.services.environments.create(caller, { displayName: body.display_name }), baseUrl);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read an environment' })
  @ApiOkResponse({ type: EnvironmentDto })
  @ApiErrors(404)
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<EnvironmentDto> {
    return presentEnvironment(await this.services.environments.get(caller, id), baseUrl);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Update an environment', description: 'For an EnvironmentAdmin. Fields left out stay as they are.' })
  @ApiOkResponse({ type: EnvironmentDto })
  @ApiErrors(400, 404, 409, 415, 422)
  async update(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: EnvironmentUpdateDto, @BaseUrl() baseUrl: string): Promise<EnvironmentDto> {
    return presentEnvironment(await this.services.environments.update(caller, id, sent({ displayName: given(body.display_name) })), baseUrl);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete an environment', description: 'For an EnvironmentAdmin. It must be empty: 409 otherwise.' })
  @ApiNoContentResponse()
  @ApiErrors(404, 409)
  async remove(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    await this.services.environments.remove(caller, id);
  }
}
