/**
 * InitProducerId 0-5, for idempotent producers. Every call gets a fresh producer id with epoch 0, also one that names the id it had
 * (v3, KIP-360): as in Kafka, an id without a transaction has nothing to go on from. v2: flexible. v4: PRODUCER_FENCED. v5: TRANSACTION_ABORTABLE.
 *
 * A transactional id is answered UNSUPPORTED_VERSION: the Java client takes it as fatal with the text "the version of API is not
 * supported"; librdkafka, which knows few codes here, shows it when the time of init_transactions is up. Codes that both take as fatal at
 * once speak of authorisation or of the timeout, and would send people looking in the wrong place.
 */
import { ApiKey, ErrorCode, InitProducerIdRequest, InitProducerIdResponse, KafkaError, type Draft } from '#libs/kafka/protocol';
import { AclOperation, ResourceType, type Controller } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';

const CLUSTER_NAME = 'kafka-cluster';
const NONE = -1;

/** Hands out ids of the current block; whoever comes while the next one is fetched shares it. Ids that a crash leaves over are never used. */
function createProducerIds(controller: Pick<Controller, 'allocateProducerIds'>): () => Promise<number> {
  let next = 0;
  let end = 0;
  let fetching: Promise<void> | null = null;
  const fetchBlock = (): Promise<void> => {
    fetching ??= controller.allocateProducerIds().then((block) => { next = block.first; end = block.first + block.length; }).finally(() => { fetching = null; });
    return fetching;
  };
  return async () => {
    while (next >= end) await fetchBlock();
    return next++;
  };
}

function refusal(deps: ServerDeps, context: RequestContext, request: InitProducerIdRequest): ErrorCode {
  const { authorizer } = deps;
  const { principal, clientHost } = context;
  if (request.transactionalId === '') return ErrorCode.INVALID_REQUEST;
  if (request.transactionalId !== null) {
    const may = authorizer.authorize(principal, clientHost, AclOperation.write, ResourceType.transactionalId, request.transactionalId);
    return may ? ErrorCode.UNSUPPORTED_VERSION : ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
  }
  const may = authorizer.authorize(principal, clientHost, AclOperation.idempotentWrite, ResourceType.cluster, CLUSTER_NAME)
    || authorizer.authorizeByResourceType(principal, clientHost, AclOperation.write, ResourceType.topic);
  if (!may) return ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
  return (request.producerId === NONE) === (request.producerEpoch === NONE) ? ErrorCode.NONE : ErrorCode.INVALID_REQUEST;
}

export function createInitProducerIdHandler(deps: ServerDeps): ApiHandler {
  const nextProducerId = createProducerIds(deps.controller);
  return defineHandler({
    apiKey: ApiKey.InitProducerId, request: InitProducerIdRequest, response: InitProducerIdResponse, minVersion: 0, maxVersion: 5,
    async handle(context, request): Promise<Draft<InitProducerIdResponse>> {
      const errorCode = refusal(deps, context, request);
      if (errorCode !== ErrorCode.NONE) return { errorCode, producerId: NONE, producerEpoch: NONE };
      try {
        return { errorCode, producerId: await nextProducerId(), producerEpoch: 0 };
      } catch (error) {
        if (error instanceof KafkaError) return { errorCode: error.code, producerId: NONE, producerEpoch: NONE };
        throw error;
      }
    },
  });
}
