import { Controller, Get, Inject, Param, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '#libs/control/application';
import type { KafkaDataPlane } from '#libs/control/application/data-plane';
import { ApiErrors, ApiPaging, CurrentCaller, KAFKA_DATA_PLANE, Paging, type ListRequest } from '#libs/http';
import { ClusterErrorInterceptor } from './cluster-error.interceptor.js';
import { NamingReportDto } from './naming.dto.js';
import { presentNamingReport } from './naming.presenter.js';

@ApiTags('Topic names')
@UseInterceptors(ClusterErrorInterceptor)
@Controller('sluice/v1/clusters/:id/naming-report')
export class NamingReportsController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane) {}

  @Get()
  @ApiOperation({ summary: 'Report topics that don\'t fit', description: 'Asks the cluster for its topics and judges them by the environment\'s naming policy, whatever its mode. 404 while there is none.' })
  @ApiPaging()
  @ApiOkResponse({ type: NamingReportDto })
  @ApiErrors(400, 404, 409)
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string, @Paging() page: ListRequest): Promise<NamingReportDto> {
    return presentNamingReport(await this.kafka.naming.report(caller, id, page), page);
  }
}
