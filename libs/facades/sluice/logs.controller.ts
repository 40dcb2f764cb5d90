import { applyDecorators, Controller, Get, Inject, Param, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { notFound, type Caller } from '#libs/control/application';
import type { KafkaDataPlane } from '#libs/control/application/data-plane';
import { ApiErrors, ApiPaging, BaseUrl, CurrentCaller, KAFKA_DATA_PLANE, Paging, presentList, type ListBody, type ListRequest } from '#libs/http';
import { ClusterErrorInterceptor } from './cluster-error.interceptor.js';
import { LogDto, PartitionLogDto, PartitionLogListDto, SegmentDto, SegmentListDto } from './log.dto.js';
import { presentLog, presentPartitionLog, presentSegment } from './log.presenter.js';
import { SLUICE_V1 } from './paths.js';

const TopicPath = (): MethodDecorator => ApiParam({ name: 'topic_name', required: true, type: String, example: 'orders' });
const PartitionPath = (): MethodDecorator => applyDecorators(TopicPath(), ApiParam({ name: 'partition_id', required: true, type: String, example: '0' }));

function partitionOf(topic: string, text: string): number {
  if (!/^(0|[1-9]\d{0,8})$/.test(text)) throw notFound('partition', `${topic}/${text}`);
  return Number(text);
}

/** Takes a cloud key whose role reaches the cluster, or a key of the cluster that may describe the topic. */
@ApiTags('Logs of topics')
@UseInterceptors(ClusterErrorInterceptor)
@Controller('sluice/v1/clusters/:id/topics/:topic_name/partitions')
export class LogsController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane) {}

  @Get()
  @TopicPath()
  @ApiOperation({ summary: 'List the partitions of a topic with their logs', description: 'Where each log begins and ends, and how large it is. Takes a cloud key or a key of the cluster.' })
  @ApiPaging()
  @ApiOkResponse({ type: PartitionLogListDto })
  @ApiErrors(400, 404, 409)
  async list(@CurrentCaller() caller: Caller, @Param('id') clusterId: string, @Param('topic_name') topic: string, @Paging() page: ListRequest, @BaseUrl() baseUrl: string): Promise<ListBody<PartitionLogDto>> {
    const found = await this.kafka.logs.partitions(caller, clusterId, topic, page);
    return presentList(SLUICE_V1, 'PartitionLogList', page, found, (log) => presentPartitionLog(log, { clusterId, topic, baseUrl }));
  }

  @Get(':partition_id')
  @PartitionPath()
  @ApiOperation({ summary: 'Read where a partition\'s log begins and ends' })
  @ApiOkResponse({ type: PartitionLogDto })
  @ApiErrors(404, 409)
  async partition(@CurrentCaller() caller: Caller, @Param('id') clusterId: string, @Param('topic_name') topic: string, @Param('partition_id') partition: string, @BaseUrl() baseUrl: string): Promise<PartitionLogDto> {
    const { log } = await this.kafka.logs.partition(caller, clusterId, topic, partitionOf(topic, partition));
    return presentPartitionLog(log, { clusterId, topic, baseUrl });
  }

  @Get(':partition_id/log')
  @PartitionPath()
  @ApiOperation({ summary: 'Read a partition\'s log', description: 'Its size and policy; of a compacted topic head, tail, dirty ratio and the last cleaning.' })
  @ApiOkResponse({ type: LogDto })
  @ApiErrors(404, 409)
  async log(@CurrentCaller() caller: Caller, @Param('id') clusterId: string, @Param('topic_name') topic: string, @Param('partition_id') partition: string, @BaseUrl() baseUrl: string): Promise<LogDto> {
    const { cleanupPolicy, log } = await this.kafka.logs.partition(caller, clusterId, topic, partitionOf(topic, partition));
    return presentLog(cleanupPolicy, log, { clusterId, topic, baseUrl });
  }

  @Get(':partition_id/segments')
  @PartitionPath()
  @ApiOperation({ summary: 'List a log\'s segments', description: 'The oldest first: range, size, timestamps, and when retention will take each.' })
  @ApiPaging()
  @ApiOkResponse({ type: SegmentListDto })
  @ApiErrors(400, 404, 409)
  async segments(@CurrentCaller() caller: Caller, @Param('id') clusterId: string, @Param('topic_name') topic: string, @Param('partition_id') partition: string, @Paging() page: ListRequest): Promise<ListBody<SegmentDto>> {
    const found = await this.kafka.logs.segments(caller, clusterId, topic, partitionOf(topic, partition), page);
    return presentList(SLUICE_V1, 'SegmentList', page, found, presentSegment);
  }
}
