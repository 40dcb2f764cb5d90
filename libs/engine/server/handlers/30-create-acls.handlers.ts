/** CreateAcls 1-3. Needs ALTER on the cluster. One that exists is no error. v1: pattern types. v2: flexible. v3: USER resources. */
import { CreateAclsRequest, CreateAclsResponse, ErrorCode, KafkaError, type Draft } from '#libs/kafka/protocol';
import { AclOperation } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { mayCluster } from './metadata-view.js';

export function createCreateAclsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<CreateAclsRequest, CreateAclsResponse>({
    apiKey: 30, request: CreateAclsRequest, response: CreateAclsResponse, minVersion: 1, maxVersion: 3,
    async handle(context, request): Promise<Draft<CreateAclsResponse>> {
      const all = (errorCode: ErrorCode, errorMessage: string): Draft<CreateAclsResponse> => ({ results: request.creations.map(() => ({ errorCode, errorMessage })) });
      if (!mayCluster(deps, context, AclOperation.alter)) return all(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'Cluster authorization failed.');
      try {
        return { results: await deps.controller.createAcls(request.creations.map(({ resourcePatternType, ...rest }) => ({ ...rest, patternType: resourcePatternType }))) };
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        return all(error.code, error.message);
      }
    },
  });
}
