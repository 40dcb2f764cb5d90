import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ControlServices, Caller } from '#libs/control/application';
import { ApiErrors, ApiPaging, BaseUrl, CONTROL_SERVICES, CurrentCaller, Paging, presentList, type ListBody, type ListRequest } from '#libs/http';
import { IAM_V2, presentUser } from './iam.presenter.js';
import { UserDto, UserListDto } from './user.dto.js';

@ApiTags('Users')
@Controller('iam/v2/users')
export class UsersController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get()
  @ApiOperation({ summary: 'List users' })
  @ApiPaging()
  @ApiOkResponse({ type: UserListDto })
  @ApiErrors(400)
  async list(@CurrentCaller() caller: Caller, @Paging() page: ListRequest, @BaseUrl() baseUrl: string): Promise<ListBody<UserDto>> {
    return presentList(IAM_V2, 'UserList', page, await this.services.users.list(caller, page), (each) => presentUser(each, baseUrl));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a user' })
  @ApiOkResponse({ type: UserDto })
  @ApiErrors(404)
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<UserDto> {
    return presentUser(await this.services.users.get(caller, id), baseUrl);
  }
}
