import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller, ControlServices } from '#libs/control/application';
import { ApiErrors, BaseUrl, CONTROL_SERVICES, CurrentCaller } from '#libs/http';
import { NamingCheckDto, NamingCheckInputDto, NamingPolicyDto, NamingPolicyInputDto } from './naming.dto.js';
import { namingCheckExamples, namingPolicyExamples } from './naming.examples.js';
import { presentNamingCheck, presentNamingPolicy, toNamingPolicyInput } from './naming.presenter.js';

@ApiTags('Topic names')
@Controller('sluice/v1/environments/:id')
export class NamingPoliciesController {
  constructor(@Inject(CONTROL_SERVICES) private readonly services: ControlServices) {}

  @Get('naming-policy')
  @ApiOperation({ summary: 'Read an environment\'s naming policy', description: '404 while it has none: names are free.' })
  @ApiOkResponse({ type: NamingPolicyDto })
  @ApiErrors(404)
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string, @BaseUrl() baseUrl: string): Promise<NamingPolicyDto> {
    return presentNamingPolicy(await this.services.namingPolicies.get(caller, id), baseUrl);
  }

  @Put('naming-policy')
  @ApiOperation({
    summary: 'Set an environment\'s naming policy',
    description: 'Replaces the whole. It holds for topics that are made from now on, over HTTP and by any Kafka client, in every cluster of the environment; topics that exist stay. For an OrganizationAdmin or the EnvironmentAdmin.',
  })
  @ApiBody({ type: NamingPolicyInputDto, examples: namingPolicyExamples })
  @ApiOkResponse({ type: NamingPolicyDto })
  @ApiErrors(400, 404, 415, 422)
  async set(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: NamingPolicyInputDto, @BaseUrl() baseUrl: string): Promise<NamingPolicyDto> {
    return presentNamingPolicy(await this.services.namingPolicies.set(caller, id, toNamingPolicyInput(body)), baseUrl);
  }

  @Delete('naming-policy')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove an environment\'s naming policy', description: 'Names are free again.' })
  @ApiNoContentResponse()
  @ApiErrors(404)
  async remove(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    await this.services.namingPolicies.remove(caller, id);
  }

  @Post('naming-policy\\:check')
  @HttpCode(200)
  @ApiOperation({ summary: 'Check topic names', description: 'Explains each part of each name, and proposes one that fits. By the environment\'s policy, or by a draft. Makes nothing.' })
  @ApiBody({ type: NamingCheckInputDto, examples: namingCheckExamples })
  @ApiOkResponse({ type: NamingCheckDto })
  @ApiErrors(400, 404, 415, 422)
  async check(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: NamingCheckInputDto): Promise<NamingCheckDto> {
    const draft = body.policy ? toNamingPolicyInput(body.policy) : undefined;
    return presentNamingCheck(await this.services.namingPolicies.check(caller, id, body.topic_names, draft));
  }
}
