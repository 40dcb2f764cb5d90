import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, ControlServices } from '#libs/control/application';
import { ApiErrors, ApiPaging, BaseUrl, CONTROL_SERVICES, CurrentCaller, LocationInterceptor, Paging, presentList, type ListBody, type ListRequest } from '#libs/http';
import { ApiKeyCreateDto, ApiKeyDto, ApiKeyListDto, ApiKeyQueryDto, ApiKeyUpdateDto } from './api-key.dto.js';
import { IAM_V2, presentApiKey, toApiKeyChange, toApiKeyFilter, toApiKeyInput } from './api-key.mapper.js';

const createExamples = {
  cluster: { summary: 'A service account\'s key for one cluster', value: { spec: { display_name: 'orders-app key', owner: { id: 'sa-5t7r1n9b' }, resource: { id: 'lkc-7w3k9d2m' } } } },
  cloud: { summary: 'A cloud key', value: { spec: { display_name: 'automation', owner: { id: 'sa-5t7r1n9b' } } } },
};

@ApiTags('API keys')
@Controller('iam/v2/api-keys')
export class ApiKeysController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get()
  @ApiOperation({ summary: 'List API keys', description: 'Never with a secret.' })
  @ApiPaging()
  @ApiOkResponse({ type: ApiKeyListDto })
  @ApiErrors(400)
  async list(@CurrentCaller() caller: Caller, @Paging() page: ListRequest, @Query() query: ApiKeyQueryDto, @BaseUrl() baseUrl: string): Promise<ListBody<ApiKeyDto>> {
    return presentList(IAM_V2, 'ApiKeyList', page, await this.services.apiKeys.list(caller, page, toApiKeyFilter(query)), (each) => presentApiKey(each, baseUrl));
  }

  @Post()
  @HttpCode(202)
  @UseInterceptors(LocationInterceptor)
  @ApiOperation({
    summary: 'Create an API key',
    description: 'A key for a cluster (`resource.id: lkc-…`) opens its brokers and its data-plane routes; one without a resource is a cloud key. The answer holds the secret, this once; brokers accept the key by then.',
  })
  @ApiBody({ type: ApiKeyCreateDto, examples: createExamples })
  @ApiAcceptedResponse({ type: ApiKeyDto })
  @ApiErrors(400, 402, 404, 409, 415, 422)
  async create(@CurrentCaller() caller: Caller, @Body() body: ApiKeyCreateDto, @BaseUrl() baseUrl: string): Promise<ApiKeyDto> {
    const { apiKey, secret } = await this.services.apiKeys.create(caller, toApiKeyInput(body));
    return presentApiKey(apiKey, baseUrl, secret);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read an API key', description: 'Without its secret, which nobody has kept.' })
  @ApiOkResponse({ type: ApiKeyDto })
  @ApiErrors(404)
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<ApiKeyDto> {
    return presentApiKey(await this.services.apiKeys.get(caller, id), baseUrl);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Update an API key', description: 'Its name and description; fields left out stay as they are.' })
  @ApiOkResponse({ type: ApiKeyDto })
  @ApiErrors(400, 404, 415, 422)
  async update(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: ApiKeyUpdateDto, @BaseUrl() baseUrl: string): Promise<ApiKeyDto> {
    return presentApiKey(await this.services.apiKeys.update(caller, id, toApiKeyChange(body)), baseUrl);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete an API key', description: 'It is refused at once, and connections opened with it are closed within seconds.' })
  @ApiNoContentResponse()
  @ApiErrors(404)
  async remove(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    await this.services.apiKeys.remove(caller, id);
  }
}
