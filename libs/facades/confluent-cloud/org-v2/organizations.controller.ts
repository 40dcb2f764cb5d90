import { Body, Controller, Get, Inject, Param, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ControlServices, Caller } from '#libs/control/application';
import { ApiErrors, ApiPaging, BaseUrl, CONTROL_SERVICES, CurrentCaller, Paging, presentList, type ListBody, type ListRequest } from '#libs/http';
import { OrganizationDto, OrganizationListDto, OrganizationUpdateDto } from './organization.dto.js';
import { ORG_V2, presentOrganization } from './org.presenter.js';
import { given, sent } from '../envelope.presenter.js';

@ApiTags('Organizations')
@Controller('org/v2/organizations')
export class OrganizationsController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get()
  @ApiOperation({ summary: 'List organizations', description: 'The one that the key belongs to.' })
  @ApiPaging()
  @ApiOkResponse({ type: OrganizationListDto })
  @ApiErrors(400)
  async list(@CurrentCaller() caller: Caller, @Paging() page: ListRequest, @BaseUrl() baseUrl: string): Promise<ListBody<OrganizationDto>> {
    return presentList(ORG_V2, 'OrganizationList', page, await this.services.organizations.list(caller, page), (each) => presentOrganization(each, baseUrl));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read an organization' })
  @ApiOkResponse({ type: OrganizationDto })
  @ApiErrors(404)
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<OrganizationDto> {
    return presentOrganization(await this.services.organizations.get(caller, id), baseUrl);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Update an organization', description: 'For an OrganizationAdmin.' })
  @ApiOkResponse({ type: OrganizationDto })
  @ApiErrors(400, 404, 415, 422)
  async update(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: OrganizationUpdateDto, @BaseUrl() baseUrl: string): Promise<OrganizationDto> {
    const change = sent({ displayName: given(body.display_name), jitEnabled: given(body.jit_enabled) });
    return presentOrganization(await this.services.organizations.update(caller, id, change), baseUrl);
  }
}
