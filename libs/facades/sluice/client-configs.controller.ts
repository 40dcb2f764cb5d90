import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Caller } from '#libs/control/application';
import type { KafkaDataPlane } from '#libs/control/application/data-plane';
import { ApiErrors, BaseUrl, CurrentCaller, invalidParameter, KAFKA_DATA_PLANE } from '#libs/http';
import { ClientConfigDto, ClientConfigQueryDto } from './client-config.dto.js';
import { clientConfigExamples } from './client-config.examples.js';
import { presentClientConfig } from './client-config.presenter.js';
import { DEFAULT_MECHANISM, saslMechanisms, writeClientConfig } from './client-config/index.js';

const ANSWER = {
  status: 200, description: 'The file itself; with `Accept: application/json`, the file and how to use it.',
  content: { 'text/plain': { schema: { type: 'string' as const }, examples: clientConfigExamples }, 'application/json': { schema: { $ref: getSchemaPath(ClientConfigDto) } } },
};

/** Takes a cloud key whose role reaches the cluster, or a key of the cluster. */
@ApiTags('Client configuration')
@ApiExtraModels(ClientConfigDto)
@Controller('sluice/v1/clusters/:id/client-config')
export class ClientConfigsController {
  constructor(@Inject(KAFKA_DATA_PLANE) private readonly kafka: KafkaDataPlane) {}

  @Get()
  @ApiOperation({
    summary: 'Get a client\'s configuration for a cluster',
    description: 'Ready to use but for the secret, which the platform doesn\'t know: the file reads it from SLUICE_API_SECRET, or has a placeholder where the client\'s format has no way to. Takes a cloud key or a key of the cluster.',
  })
  @ApiResponse(ANSWER)
  @ApiErrors(400, 404, 409)
  async get(
    @CurrentCaller() caller: Caller, @Param('id') id: string, @Query() query: ClientConfigQueryDto, @BaseUrl() baseUrl: string, @Req() request: Request, @Res({ passthrough: true }) response: Response,
  ): Promise<ClientConfigDto | string> {
    const { client } = query;
    const connection = await this.kafka.clientConnections.get(caller, id, query.key ?? undefined);
    const only = saslMechanisms.find((each) => each === connection.mechanism);
    if (only !== undefined && query.mechanism && query.mechanism !== only) throw invalidParameter('mechanism', `API keys of this cluster log in by ${only}.`);
    const mechanism = query.mechanism ?? only ?? DEFAULT_MECHANISM;
    const file = writeClientConfig(client, { ...connection, mechanism, caUrl: connection.isOwnCa ? `${baseUrl}/ca.pem` : null });
    response.setHeader('Vary', 'Accept');
    // Whoever names neither gets the file: that is what a browser or curl saves.
    if (request.accepts('text/plain', 'application/json') === 'application/json') return presentClientConfig({ client, mechanism, connection, file }, baseUrl);
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.setHeader('Content-Disposition', `attachment; filename="${file.filename}"`);
    return file.content;
  }
}
