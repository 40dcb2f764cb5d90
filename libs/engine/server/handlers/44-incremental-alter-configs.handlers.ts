/**
 * IncrementalAlterConfigs 0-1 (KIP-339): set, delete, append, subtract. Needs ALTER_CONFIGS on the topic, or on the cluster for brokers.
 * v1: flexible.
 */
import { ErrorCode, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, KafkaError, type Draft } from '#libs/kafka/protocol';
import type { ConfigOperation } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { alterConfigs } from './alter-configs.js';

const OPERATIONS: readonly ConfigOperation['op'][] = ['set', 'delete', 'append', 'subtract'];

function operation({ name, value, configOperation }: { name: string; value: string | null; configOperation: number }): ConfigOperation {
  const op = OPERATIONS[configOperation];
  if (op === undefined) throw new KafkaError(ErrorCode.INVALID_REQUEST, `Unknown operation type ${configOperation}`);
  return { op, name, value };
}

export function createIncrementalAlterConfigsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>({
    apiKey: 44, request: IncrementalAlterConfigsRequest, response: IncrementalAlterConfigsResponse, minVersion: 0, maxVersion: 1,
    async handle(context, request): Promise<Draft<IncrementalAlterConfigsResponse>> {
      const asked = request.resources.map(({ resourceType, resourceName, configs }) => ({
        resourceType, resourceName, change: () => ({ resourceType, resourceName, operations: configs.map(operation) }),
      }));
      return { responses: await alterConfigs(deps, context, asked, request.validateOnly) };
    },
  });
}
