/**
 * AlterConfigs 0-2, the old way: what is given replaces all that was set for the resource. Needs ALTER_CONFIGS on the topic, or on the
 * cluster for brokers. v2: flexible.
 */
import { AlterConfigsRequest, AlterConfigsResponse, ErrorCode, KafkaError, type Draft } from '#libs/kafka/protocol';
import type { ConfigOperation } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { alterConfigs } from './alter-configs.js';

function replacement(current: ReadonlyMap<string, string>, configs: readonly { name: string; value: string | null }[]): ConfigOperation[] {
  const given = new Set(configs.map((config) => config.name));
  const missing = configs.filter((config) => config.value === null).map((config) => config.name);
  if (missing.length > 0) throw new KafkaError(ErrorCode.INVALID_REQUEST, `Null value not supported for : ${missing.join(',')}`);
  return [
    ...configs.map(({ name, value }): ConfigOperation => ({ op: 'set', name, value })),
    ...[...current.keys()].filter((name) => !given.has(name)).map((name): ConfigOperation => ({ op: 'delete', name, value: null })),
  ];
}

export function createAlterConfigsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<AlterConfigsRequest, AlterConfigsResponse>({
    apiKey: 33, request: AlterConfigsRequest, response: AlterConfigsResponse, minVersion: 0, maxVersion: 2,
    async handle(context, request): Promise<Draft<AlterConfigsResponse>> {
      const asked = request.resources.map(({ resourceType, resourceName, configs }) => ({
        resourceType, resourceName,
        change: () => ({ resourceType, resourceName, operations: replacement(deps.controller.image.configs(resourceType, resourceName), configs) }),
      }));
      return { responses: await alterConfigs(deps, context, asked, request.validateOnly) };
    },
  });
}
