/**
 * DescribeConfigs 1-4. Topics need DESCRIBE_CONFIGS on the topic, brokers on the cluster. Every setting with its value, source and, when
 * asked, synonyms; secrets are null. v1: sources and synonyms. v3: types, documentation. v4: flexible. A broker describes itself ('' is
 * what was set for all brokers).
 */
import { DescribeConfigsRequest, DescribeConfigsResponse, ErrorCode, KafkaError, type Draft } from '#libs/kafka/protocol';
import { AclOperation, checkTopicName, describeBrokerConfigs, describeClusterDefaultConfigs, describeTopicConfigs, type DescribedConfig } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { mayCluster, mayTopic } from './metadata-view.js';

type Asked = DescribeConfigsRequest['resources'][number];
const TOPIC = 2;
const BROKER = 4;

function settings(deps: ServerDeps, context: RequestContext, asked: Asked): DescribedConfig[] {
  const { image } = deps.controller;
  const { resourceType, resourceName } = asked;
  if (resourceType === TOPIC) {
    if (!mayTopic(deps, context, AclOperation.describeConfigs, resourceName)) throw new KafkaError(ErrorCode.TOPIC_AUTHORIZATION_FAILED, 'Topic authorization failed.');
    checkTopicName(resourceName);
    if (!image.topics.has(resourceName)) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'This server does not host this topic-partition.');
    return describeTopicConfigs(image, deps.config, image.configs(TOPIC, resourceName));
  }
  if (resourceType !== BROKER) throw new KafkaError(ErrorCode.INVALID_REQUEST, `Unsupported resource type: ${resourceType}`);
  if (!mayCluster(deps, context, AclOperation.describeConfigs)) throw new KafkaError(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'Cluster authorization failed.');
  if (resourceName === '') return describeClusterDefaultConfigs(image);
  if (resourceName === String(deps.config.nodeId)) return describeBrokerConfigs(image, deps.config);
  throw new KafkaError(ErrorCode.INVALID_REQUEST, `Unexpected broker id, expected ${deps.config.nodeId} or empty string, but received ${resourceName}`);
}

function describe(deps: ServerDeps, context: RequestContext, asked: Asked, request: DescribeConfigsRequest): Draft<DescribeConfigsResponse['results'][number]> {
  const { resourceType, resourceName } = asked;
  try {
    const wanted = asked.configurationKeys === null || asked.configurationKeys.length === 0 ? null : new Set(asked.configurationKeys);
    const configs = settings(deps, context, asked).filter((config) => wanted === null || wanted.has(config.name)).map((config) => ({
      name: config.name, value: config.value, readOnly: config.readOnly, configSource: config.source, isSensitive: config.sensitive, configType: config.type,
      synonyms: request.includeSynonyms ? config.synonyms : [], documentation: request.includeDocumentation ? config.documentation : null,
    }));
    return { errorCode: ErrorCode.NONE, errorMessage: null, resourceType, resourceName, configs };
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return { errorCode: error.code, errorMessage: error.message, resourceType, resourceName, configs: [] };
  }
}

/** Each resource once: an answer is hundreds of times as large as its name. The last mention counts, as in Kafka's clients' maps. */
function distinct(asked: readonly Asked[]): Asked[] {
  return [...new Map(asked.map((resource) => [`${resource.resourceType}:${resource.resourceName}`, resource])).values()];
}

export function createDescribeConfigsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<DescribeConfigsRequest, DescribeConfigsResponse>({
    apiKey: 32, request: DescribeConfigsRequest, response: DescribeConfigsResponse, minVersion: 1, maxVersion: 4,
    handle: (context, request): Draft<DescribeConfigsResponse> => ({ results: distinct(request.resources).map((asked) => describe(deps, context, asked, request)) }),
  });
}
