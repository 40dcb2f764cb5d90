import { Body, Controller, HttpCode, Inject, Param, Post, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '#libs/control/application';
import type { KafkaDataPlane } from '#libs/control/application/data-plane';
import { ApiErrors, CurrentCaller, KAFKA_DATA_PLANE } from '#libs/http';
import { ClusterErrorInterceptor } from './cluster-error.interceptor.js';
import { ElectLeadersDto, PartitionOutcomesDto, ReassignDto } from './partition.dto.js';
import { electLeadersExamples, reassignExamples } from './partition.examples.js';
import { presentOutcomes, toElected, toReassignments } from './partition.presenter.js';

/** Takes a cloud key whose role reaches the cluster, or a key of the cluster that may alter it. */
@ApiTags('Placement')
@UseInterceptors(ClusterErrorInterceptor)
@Controller('sluice/v1/clusters')
export class PartitionsController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane) {}

  @Post(':id/partitions\\:reassign')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Move partitions to other brokers',
    description: 'Answers once the moves have begun; `/kafka/v3/clusters/{id}/topics/-/partitions/-/reassignment` lists those under way. The same brokers in another order change the preferred leader alone: elect it afterwards. Each partition is judged alone.',
  })
  @ApiBody({ type: ReassignDto, examples: reassignExamples })
  @ApiOkResponse({ type: PartitionOutcomesDto })
  @ApiErrors(400, 404, 409, 415, 422)
  async reassign(@CurrentCaller() caller: Caller, @Param('id') clusterId: string, @Body() body: ReassignDto): Promise<PartitionOutcomesDto> {
    return presentOutcomes(await this.kafka.reassignments.alter(caller, clusterId, toReassignments(body)));
  }

  @Post(':id/partitions\\:elect-leaders')
  @HttpCode(200)
  @ApiOperation({ summary: 'Elect leaders of partitions', description: 'One that needs no election is no error. Each partition is judged alone.' })
  @ApiBody({ type: ElectLeadersDto, examples: electLeadersExamples })
  @ApiOkResponse({ type: PartitionOutcomesDto })
  @ApiErrors(400, 404, 409, 415, 422)
  async electLeaders(@CurrentCaller() caller: Caller, @Param('id') clusterId: string, @Body() body: ElectLeadersDto): Promise<PartitionOutcomesDto> {
    return presentOutcomes(await this.kafka.reassignments.elect(caller, clusterId, body.election ?? 'preferred', toElected(body)));
  }
}
