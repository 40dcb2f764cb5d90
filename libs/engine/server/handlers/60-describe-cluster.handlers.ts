/**
 * DescribeCluster 0-2 (KIP-700). Brokers at the advertised address of the listener that was asked. v1: endpoint type; this is a broker's
 * listener, so that controllers (2) are refused. v2: fenced brokers when asked.
 */
import { DescribeClusterRequest, DescribeClusterResponse, ErrorCode, type Draft } from '#libs/kafka/protocol';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { brokersOf, clusterOperations, NOT_ASKED } from './metadata-view.js';

const BROKERS = 1;
const CONTROLLERS = 2;

export function createDescribeClusterHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<DescribeClusterRequest, DescribeClusterResponse>({
    apiKey: 60, request: DescribeClusterRequest, response: DescribeClusterResponse, minVersion: 0, maxVersion: 2,
    handle(context, request): Draft<DescribeClusterResponse> {
      const { image, nodeId } = deps.controller;
      if (request.endpointType === CONTROLLERS) {
        return { errorCode: ErrorCode.MISMATCHED_ENDPOINT_TYPE, errorMessage: 'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER', clusterId: '', brokers: [] };
      }
      if (request.endpointType !== BROKERS) {
        return { errorCode: ErrorCode.UNSUPPORTED_ENDPOINT_TYPE, errorMessage: `Unsupported endpoint type ${request.endpointType}`, clusterId: '', brokers: [] };
      }
      return {
        clusterId: image.clusterId, controllerId: nodeId,
        brokers: brokersOf(image, context.listenerName, { fenced: request.includeFencedBrokers }).map(({ nodeId: brokerId, host, port, rack, isFenced }) =>
          ({ brokerId, host, port, rack, ...(context.apiVersion >= 2 ? { isFenced } : {}) })),
        clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? clusterOperations(deps, context) : NOT_ASKED,
      };
    },
  });
}
