import { Body, Controller, Inject, Post, UseInterceptors } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, ControlServices } from '#libs/control/application';
import { ApiErrors, BaseUrl, CONTROL_SERVICES, CurrentCaller, LocationInterceptor } from '#libs/http';
import { NewOrganizationDto, OrganizationCreateDto } from './organization.dto.js';
import { presentNewOrganization } from './sluice.presenter.js';

@ApiTags('Organizations of the platform')
@Controller('sluice/v1/organizations')
export class PlatformOrganizationsController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Post()
  @UseInterceptors(LocationInterceptor)
  @ApiOperation({ summary: 'Create an organization', description: 'For the operator of the platform: the key in admin.json. The answer holds the new administrator\'s key, this once.' })
  @ApiCreatedResponse({ type: NewOrganizationDto })
  @ApiErrors(400, 409, 415, 422)
  async create(@CurrentCaller() caller: Caller, @Body() body: OrganizationCreateDto, @BaseUrl() baseUrl: string): Promise<NewOrganizationDto> {
    const email = body.administrator_email ?? undefined;
    const input = { displayName: body.display_name, ...(email === undefined ? {} : { administratorEmail: email }) };
    return presentNewOrganization(await this.services.organizations.create(caller, input), baseUrl);
  }
}
