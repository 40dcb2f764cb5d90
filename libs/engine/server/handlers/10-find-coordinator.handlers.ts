/**
 * FindCoordinator, key 10, versions 0-6. The broker that leads the group's partition of `__consumer_offsets`, which is made at first use.
 * Needs DESCRIBE on the group. Transactions and share groups aren't served: their keys get UNSUPPORTED_VERSION with a message, at once
 * and for good, instead of a code that clients would retry.
 * v1 key type, message · v3 flexible · v4 several keys (KIP-699) · v5 TRANSACTION_ABORTABLE may be answered (KIP-890) · v6 share groups (KIP-932)
 */
import { ApiKey, ErrorCode, FindCoordinatorRequest, FindCoordinatorResponse, KafkaError, type Draft } from '#libs/kafka/protocol';
import { ensureInternalTopic, OFFSETS_TOPIC, type TopicImage } from '#libs/engine/controller';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { mayUseGroup } from './group-request.js';

const BATCHED_FROM = 4;
/** The replica of a topic that was just made opens its log; so long a first caller waits. */
const LEADERSHIP_WAIT_MS = 5_000;
const KeyType = { group: 0, transaction: 1, share: 2 } as const;
type Coordinator = Required<Draft<FindCoordinatorResponse['coordinators'][number]>>;

function failure(key: string, errorCode: ErrorCode, errorMessage: string | null): Coordinator {
  return { key, errorCode, errorMessage, nodeId: -1, host: '', port: -1 };
}

/** Address of a broker on the listener that the request came in on. */
function addressOf(deps: ServerDeps, context: RequestContext, nodeId: number): { host: string; port: number } | null {
  const endpoints = nodeId === deps.config.nodeId ? deps.config.advertisedListeners : deps.controller.image.brokers.get(nodeId)?.endpoints ?? [];
  return endpoints.find(({ listener }) => listener === context.listenerName) ?? null;
}

async function offsetsTopic(deps: ServerDeps): Promise<TopicImage | null> {
  try {
    return await ensureInternalTopic(deps.controller, deps.config, OFFSETS_TOPIC);
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    deps.env.log.write('warn', 'coordinator.topic-failed', { topic: OFFSETS_TOPIC, error: error.codeName, message: error.message });
    return null;
  }
}

async function findGroup(deps: ServerDeps, context: RequestContext, groupId: string): Promise<Coordinator> {
  if (!mayUseGroup(deps, context, 'describe', groupId)) return failure(groupId, ErrorCode.GROUP_AUTHORIZATION_FAILED, null);
  const topic = await offsetsTopic(deps);
  const index = deps.groups.partitionFor(groupId);
  const leader = topic?.partitions.find(({ partition }) => partition === index)?.leader ?? -1;
  const address = leader < 0 ? null : addressOf(deps, context, leader);
  const ready = address !== null && (leader !== deps.config.nodeId || await deps.groups.awaitLeadership(index, LEADERSHIP_WAIT_MS));
  if (!ready) return failure(groupId, ErrorCode.COORDINATOR_NOT_AVAILABLE, null);
  return { key: groupId, errorCode: ErrorCode.NONE, errorMessage: null, nodeId: leader, host: address.host, port: address.port };
}

function find(deps: ServerDeps, context: RequestContext, keyType: number, key: string): Promise<Coordinator> {
  switch (keyType) {
    case KeyType.group: return findGroup(deps, context, key);
    case KeyType.transaction: return Promise.resolve(failure(key, ErrorCode.UNSUPPORTED_VERSION, 'Transactions are not served by this cluster.'));
    case KeyType.share: return Promise.resolve(failure(key, ErrorCode.UNSUPPORTED_VERSION, 'Share groups are not served by this cluster.'));
    default: return Promise.resolve(failure(key, ErrorCode.INVALID_REQUEST, `Unknown coordinator key type ${keyType}.`));
  }
}

export function createFindCoordinatorHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.FindCoordinator, request: FindCoordinatorRequest, response: FindCoordinatorResponse, minVersion: 0, maxVersion: 6,
    async handle(context, request) {
      if (context.apiVersion >= BATCHED_FROM) {
        return { coordinators: await Promise.all(request.coordinatorKeys.map((key) => find(deps, context, request.keyType, key))) };
      }
      const { nodeId, host, port, errorCode, errorMessage } = await find(deps, context, request.keyType, request.key);
      return { nodeId, host, port, errorCode, errorMessage };
    },
  });
}
