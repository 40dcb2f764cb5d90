import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { notFound, type Caller, type ControlServices } from '#libs/control/application';
import { ApiErrors, ApiPaging, CONTROL_SERVICES, CurrentCaller, ErrorsDto, listOf, Paging, presentList, TextField, type ListBody, type ListRequest } from '#libs/http';

class SchemaRegistryQueryDto {
  @TextField({ example: 'env-8k2m4x1p' }) environment: string;
}

class SchemaRegistryClusterDto {
  @ApiProperty() id: string;
}

const SchemaRegistryClusterListDto = listOf(SchemaRegistryClusterDto, 'srcm/v3', 'ClusterList');

/** There is no schema registry: an empty list is what clients take for that. The environment is looked up, so that a foreign one isn't found. */
@ApiTags('Schema Registry clusters')
@Controller('srcm/v3/clusters')
export class SchemaRegistryClustersController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get()
  @ApiOperation({ summary: 'List Schema Registry clusters', description: 'There are none.' })
  @ApiPaging()
  @ApiOkResponse({ type: SchemaRegistryClusterListDto })
  @ApiErrors(400, 404)
  async list(@CurrentCaller() caller: Caller, @Paging() page: ListRequest, @Query() query: SchemaRegistryQueryDto): Promise<ListBody<SchemaRegistryClusterDto>> {
    await this.services.environments.get(caller, query.environment);
    const none = { items: [], pageSize: page.pageSize ?? 0, nextPageToken: null, totalSize: 0 };
    return presentList('srcm/v3', 'ClusterList', page, none, (each) => each);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a Schema Registry cluster', description: 'There are none: 404.' })
  @ApiNotFoundResponse({ type: ErrorsDto })
  @ApiErrors(400)
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string, @Query() query: SchemaRegistryQueryDto): Promise<never> {
    await this.services.environments.get(caller, query.environment);
    throw notFound('Schema Registry cluster', id);
  }
}
