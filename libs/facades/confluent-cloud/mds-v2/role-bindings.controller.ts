import { Body, Controller, Delete, Get, Inject, Param, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, ControlServices } from '#libs/control/application';
import { ApiErrors, ApiPaging, BaseUrl, CONTROL_SERVICES, CurrentCaller, LocationInterceptor, Paging, presentList, type ListBody, type ListRequest } from '#libs/http';
import { RoleBindingCreateDto, RoleBindingDto, RoleBindingListDto, RoleBindingQueryDto } from './role-binding.dto.js';
import { IAM_V2, presentRoleBinding } from './role-binding.presenter.js';
import { sent } from '../envelope.presenter.js';

@ApiTags('Role bindings')
@Controller('iam/v2/role-bindings')
export class RoleBindingsController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get()
  @ApiOperation({ summary: 'List role bindings', description: 'Those at a scope.' })
  @ApiPaging()
  @ApiOkResponse({ type: RoleBindingListDto })
  @ApiErrors(400)
  async list(
    @CurrentCaller() caller: Caller, @Paging() page: ListRequest, @Query() query: RoleBindingQueryDto, @BaseUrl() baseUrl: string,
  ): Promise<ListBody<RoleBindingDto>> {
    const filter = sent({ crnPattern: query.crn_pattern, principal: query.principal || undefined, roleName: query.role_name || undefined });
    return presentList(IAM_V2, 'RoleBindingList', page, await this.services.roleBindings.list(caller, page, filter), (each) => presentRoleBinding(each, baseUrl));
  }

  @Post()
  @UseInterceptors(LocationInterceptor)
  @ApiOperation({ summary: 'Create a role binding', description: 'The principal may then do what the role says, at this scope and below, and isn\'t bound by ACLs there. Brokers know of it by the time of the answer.' })
  @ApiCreatedResponse({ type: RoleBindingDto })
  @ApiErrors(400, 402, 404, 409, 415, 422)
  async create(@CurrentCaller() caller: Caller, @Body() body: RoleBindingCreateDto, @BaseUrl() baseUrl: string): Promise<RoleBindingDto> {
    const input = { principal: body.principal, roleName: body.role_name, crnPattern: body.crn_pattern };
    return presentRoleBinding(await this.services.roleBindings.create(caller, input), baseUrl);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a role binding' })
  @ApiOkResponse({ type: RoleBindingDto })
  @ApiErrors(404)
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<RoleBindingDto> {
    return presentRoleBinding(await this.services.roleBindings.get(caller, id), baseUrl);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Delete a role binding', description: 'Answers what was deleted.' })
  @ApiOkResponse({ type: RoleBindingDto })
  @ApiErrors(404, 409)
  async remove(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<RoleBindingDto> {
    return presentRoleBinding(await this.services.roleBindings.remove(caller, id), baseUrl);
  }
}
