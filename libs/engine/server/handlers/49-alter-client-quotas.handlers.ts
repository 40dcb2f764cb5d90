/** AlterClientQuotas 0-1 (KIP-546). Needs ALTER_CONFIGS on the cluster. v1: flexible. One answer an entity; in force when it is given. */
import { AlterClientQuotasRequest, AlterClientQuotasResponse, ErrorCode, KafkaError, type Draft } from '#libs/kafka/protocol';
import { AclOperation } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { mayCluster } from './metadata-view.js';

export function createAlterClientQuotasHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<AlterClientQuotasRequest, AlterClientQuotasResponse>({
    apiKey: 49, request: AlterClientQuotasRequest, response: AlterClientQuotasResponse, minVersion: 0, maxVersion: 1,
    async handle(context, request): Promise<Draft<AlterClientQuotasResponse>> {
      const refuse = (errorCode: ErrorCode, errorMessage: string): Draft<AlterClientQuotasResponse> =>
        ({ entries: request.entries.map(({ entity }) => ({ errorCode, errorMessage, entity })) });
      if (!mayCluster(deps, context, AclOperation.alterConfigs)) return refuse(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'Cluster authorization failed.');
      try {
        const answers = await deps.controller.alterClientQuotas(request.entries.map(({ entity, ops }) => ({
          entity, operations: ops.map(({ key, value, remove }) => ({ key, value: remove ? null : value })),
        })), { validateOnly: request.validateOnly });
        return { entries: answers.map(({ entity, result }) => ({ ...result, entity })) };
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        return refuse(error.code, error.message);
      }
    },
  });
}
