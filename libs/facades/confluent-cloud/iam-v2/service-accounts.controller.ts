import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ControlServices, Caller } from '#libs/control/application';
import { ApiErrors, ApiPaging, BaseUrl, CONTROL_SERVICES, CurrentCaller, LocationInterceptor, Paging, presentList, type ListBody, type ListRequest } from '#libs/http';
import { IAM_V2, presentServiceAccount } from './iam.presenter.js';
import { ServiceAccountCreateDto, ServiceAccountDto, ServiceAccountListDto, ServiceAccountQueryDto, ServiceAccountUpdateDto } from './service-account.dto.js';
import { given, sent } from '../envelope.presenter.js';

@ApiTags('Service accounts')
@Controller('iam/v2/service-accounts')
export class ServiceAccountsController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get()
  @ApiOperation({ summary: 'List service accounts' })
  @ApiPaging()
  @ApiOkResponse({ type: ServiceAccountListDto })
  @ApiErrors(400)
  async list(
    @CurrentCaller() caller: Caller, @Paging() page: ListRequest, @Query() query: ServiceAccountQueryDto, @BaseUrl() baseUrl: string,
  ): Promise<ListBody<ServiceAccountDto>> {
    const found = await this.services.serviceAccounts.list(caller, page, sent({ displayName: query.display_name || undefined }));
    return presentList(IAM_V2, 'ServiceAccountList', page, found, (each) => presentServiceAccount(each, baseUrl));
  }

  @Post()
  @UseInterceptors(LocationInterceptor)
  @ApiOperation({ summary: 'Create a service account', description: 'For an OrganizationAdmin. It may do nothing until it has role bindings or ACLs.' })
  @ApiCreatedResponse({ type: ServiceAccountDto })
  @ApiErrors(400, 402, 409, 415, 422)
  async create(@CurrentCaller() caller: Caller, @Body() body: ServiceAccountCreateDto, @BaseUrl() baseUrl: string): Promise<ServiceAccountDto> {
    const input = sent({ displayName: body.display_name, description: given(body.description) });
    return presentServiceAccount(await this.services.serviceAccounts.create(caller, input), baseUrl);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a service account' })
  @ApiOkResponse({ type: ServiceAccountDto })
  @ApiErrors(404)
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<ServiceAccountDto> {
    return presentServiceAccount(await this.services.serviceAccounts.get(caller, id), baseUrl);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Update a service account', description: 'For an OrganizationAdmin. Fields left out stay as they are.' })
  @ApiOkResponse({ type: ServiceAccountDto })
  @ApiErrors(400, 404, 409, 415, 422)
  async update(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: ServiceAccountUpdateDto, @BaseUrl() baseUrl: string): Promise<ServiceAccountDto> {
    const change = sent({ displayName: given(body.display_name), description: given(body.description) });
    return presentServiceAccount(await this.services.serviceAccounts.update(caller, id, change), baseUrl);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a service account', description: 'For an OrganizationAdmin. Its keys and role bindings go with it.' })
  @ApiNoContentResponse()
  @ApiErrors(404)
  async remove(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    await this.services.serviceAccounts.remove(caller, id);
  }
}
