import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, ControlServices } from '#libs/control/application';
import { ApiErrors, ApiPaging, BaseUrl, CONTROL_SERVICES, CurrentCaller, Paging, presentList, type ListBody, type ListRequest } from '#libs/http';
import { OperationDto, OperationListDto, OperationQueryDto } from './operation.dto.js';
import { presentOperation } from './sluice.presenter.js';
import { SLUICE_V1 } from './paths.js';

@ApiTags('Operations')
@Controller('sluice/v1/operations')
export class OperationsController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get()
  @ApiOperation({ summary: 'List operations', description: 'What was asked of the platform and how far it is.' })
  @ApiPaging()
  @ApiOkResponse({ type: OperationListDto })
  @ApiErrors(400)
  async list(@CurrentCaller() caller: Caller, @Paging() page: ListRequest, @Query() query: OperationQueryDto, @BaseUrl() baseUrl: string): Promise<ListBody<OperationDto>> {
    const found = await this.services.operations.list(caller, page, query.resource_id ? { resourceId: query.resource_id } : {});
    return presentList(SLUICE_V1, 'OperationList', page, found, (each) => presentOperation(each, baseUrl));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read an operation' })
  @ApiOkResponse({ type: OperationDto })
  @ApiErrors(404)
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<OperationDto> {
    return presentOperation(await this.services.operations.get(caller, id), baseUrl);
  }
}
