/**
 * ListConfigResources 0-1 (KIP-1142). Needs DESCRIBE_CONFIGS on the cluster. v0 lists client metrics subscriptions, of which there are none
 * here. v1: by type; none is all: topics (2), brokers (4), groups (32) that have settings.
 */
import { ErrorCode, ListConfigResourcesRequest, ListConfigResourcesResponse, type Draft } from '#libs/kafka/protocol';
import { AclOperation, type MetadataImage } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { mayCluster } from './metadata-view.js';

const TOPIC = 2;
const BROKER = 4;
const BROKER_LOGGER = 8;
const CLIENT_METRICS = 16;
const GROUP = 32;
const TYPES: readonly number[] = [TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP];

function namesOf(image: MetadataImage, type: number): readonly string[] {
  if (type === TOPIC) return [...image.topics.keys()].sort();
  if (type === BROKER) return [...image.brokers.keys()].sort((a, b) => a - b).map(String);
  return type === GROUP ? image.configResources(GROUP) : [];
}

export function createListConfigResourcesHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<ListConfigResourcesRequest, ListConfigResourcesResponse>({
    apiKey: 74, request: ListConfigResourcesRequest, response: ListConfigResourcesResponse, minVersion: 0, maxVersion: 1,
    handle(context, request): Draft<ListConfigResourcesResponse> {
      if (!mayCluster(deps, context, AclOperation.describeConfigs)) return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, configResources: [] };
      if (context.apiVersion === 0) return { configResources: [] };
      if (request.resourceTypes.some((type) => !TYPES.includes(type))) return { errorCode: ErrorCode.UNSUPPORTED_VERSION, configResources: [] };
      const types = request.resourceTypes.length === 0 ? TYPES : [...new Set(request.resourceTypes)];
      return { configResources: types.flatMap((resourceType) => namesOf(deps.controller.image, resourceType).map((resourceName) => ({ resourceName, resourceType }))) };
    },
  });
}
