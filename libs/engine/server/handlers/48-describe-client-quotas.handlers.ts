/** DescribeClientQuotas 0-1 (KIP-546). Needs DESCRIBE_CONFIGS on the cluster. v1: flexible. Answers what the metadata log holds, not who is throttled now. */
import { DescribeClientQuotasRequest, DescribeClientQuotasResponse, ErrorCode, KafkaError, type Draft } from '#libs/kafka/protocol';
import { AclOperation, describeQuotas } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { mayCluster } from './metadata-view.js';

const FILTER_COMPONENTS_MAX = 16;

export function createDescribeClientQuotasHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<DescribeClientQuotasRequest, DescribeClientQuotasResponse>({
    apiKey: 48, request: DescribeClientQuotasRequest, response: DescribeClientQuotasResponse, minVersion: 0, maxVersion: 1,
    handle(context, request): Draft<DescribeClientQuotasResponse> {
      const refuse = (errorCode: ErrorCode, errorMessage: string): Draft<DescribeClientQuotasResponse> => ({ errorCode, errorMessage, entries: null });
      if (!mayCluster(deps, context, AclOperation.describeConfigs)) return refuse(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'Cluster authorization failed.');
      if (request.components.length > FILTER_COMPONENTS_MAX) return refuse(ErrorCode.INVALID_REQUEST, `More than ${FILTER_COMPONENTS_MAX} components in the filter.`);
      try {
        const entries = describeQuotas(deps.controller.image, request.components, request.strict);
        return { errorCode: ErrorCode.NONE, errorMessage: null, entries: entries.map(({ entity, values }) => ({ entity: [...entity], values })) };
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        return refuse(error.code, error.message);
      }
    },
  });
}
