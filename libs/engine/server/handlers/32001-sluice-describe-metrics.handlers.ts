/** SluiceDescribeMetrics 0, ours: everything that this broker counts of itself, for the platform. Served like SluiceDescribeLogs. */
import { ErrorCode, SluiceDescribeMetricsRequest, SluiceDescribeMetricsResponse, type Draft } from '#libs/kafka/protocol';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { interBrokerListener } from './inter-broker.js';

export function createSluiceDescribeMetricsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<SluiceDescribeMetricsRequest, SluiceDescribeMetricsResponse>({
    apiKey: 32001, request: SluiceDescribeMetricsRequest, response: SluiceDescribeMetricsResponse, minVersion: 0, maxVersion: 0, listener: interBrokerListener(deps.config),
    handle(context): Draft<SluiceDescribeMetricsResponse> {
      if (!deps.authorizer.isSuperUser(context.principal)) return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, errorMessage: 'Cluster authorization failed.', metrics: [] };
      return { errorCode: ErrorCode.NONE, errorMessage: null, metrics: deps.metrics.gather() };
    },
  });
}
