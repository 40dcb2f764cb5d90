import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, ControlServices } from '#libs/control/application';
import { ApiErrors, ApiPaging, CONTROL_SERVICES, CurrentCaller, Paging, presentList, type ListBody, type ListRequest } from '#libs/http';
import { NamingTemplateListDto, type NamingTemplateBody } from './naming.dto.js';
import { presentNamingTemplate } from './naming.presenter.js';
import { SLUICE_V1 } from './paths.js';

@ApiTags('Topic names')
@Controller('sluice/v1/naming-templates')
export class NamingTemplatesController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get()
  @ApiOperation({ summary: 'List naming templates', description: 'Those that the platform ships, each with an example and what its parts may be.' })
  @ApiPaging()
  @ApiOkResponse({ type: NamingTemplateListDto })
  @ApiErrors(400)
  async list(@CurrentCaller() caller: Caller, @Paging() page: ListRequest): Promise<ListBody<NamingTemplateBody>> {
    return presentList(SLUICE_V1, 'NamingTemplateList', page, await this.services.namingPolicies.templates(caller, page), presentNamingTemplate);
  }
}
