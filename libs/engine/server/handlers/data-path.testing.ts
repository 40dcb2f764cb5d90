/** What specs of the data path's handlers share: a broker on virtual time, an authorizer that a test sets, calls through the codec. */
import { decode, encode, type Draft, type MessageCodec } from '#libs/kafka/protocol';
import { createTestEnv, type TestEnv } from '#libs/kernel/testing';
import { ResourceType } from '../../controller/index.js';
import { NODE_ID, startTestBroker, testImage, topicIdOf, type TestBroker, type TestTopic } from '../../replication/replication.testing.js';
import { CLOSE_CONNECTION, NO_RESPONSE, type ApiHandler, type BrokerConfig, type RequestContext, type ServerDeps } from '../api.js';

export { topicIdOf };

export interface DataPath {
  env: TestEnv;
  broker: TestBroker;
  deps: ServerDeps;
  /** `operation:resourceType:name` that are refused. */
  denied: Set<string>;
  close(): void;
  context(apiVersion: number): RequestContext;
  /** The request goes through its codec, and the answer through its own, in this version. */
  call<Q, A>(handler: ApiHandler, request: MessageCodec<Q>, response: MessageCodec<A>, apiVersion: number, draft: Draft<Q>): Promise<A>;
  /** The handler's own answer: NO_RESPONSE, CLOSE_CONNECTION or the draft. */
  raw<Q>(handler: ApiHandler, request: MessageCodec<Q>, apiVersion: number, draft: Draft<Q>): Promise<unknown>;
}

export const denial = (operation: number, name: string, resourceType: number = ResourceType.topic): string => `${operation}:${resourceType}:${name}`;

export async function createDataPath(topics: readonly TestTopic[], options: { flushMode?: 'ack' | 'os'; fetchMaxBytes?: number; env?: TestEnv } = {}): Promise<DataPath> {
  const env = options.env ?? createTestEnv();
  const broker = await startTestBroker(env, testImage(topics), { flushMode: options.flushMode ?? 'os' });
  const denied = new Set<string>();
  const closing = new Set<() => void>();
  const config: Partial<BrokerConfig> = { nodeId: NODE_ID, fetchMaxBytes: options.fetchMaxBytes ?? 57_671_680, maxIncrementalFetchSessionCacheSlots: 1000 };
  const deps = {
    env, config, controller: broker.controller, replicas: broker.replicas,
    authorizer: {
      authorize: (_principal: unknown, _host: string, operation: number, resourceType: number, name: string) => !denied.has(denial(operation, name, resourceType)),
      authorizeByResourceType: (_principal: unknown, _host: string, operation: number, resourceType: number) => !denied.has(denial(operation, '*any', resourceType)),
    },
  } as unknown as ServerDeps;
  const context = (apiVersion: number): RequestContext => ({
    apiKey: -1, apiVersion, correlationId: 1, clientId: 'c', connectionId: 'x', clientHost: '127.0.0.1', listenerName: 'EXTERNAL', principal: { type: 'User', name: 'u' },
    onClose(listener) {
      closing.add(listener);
      return () => { closing.delete(listener); };
    },
  });
  const raw: DataPath['raw'] = async (handler, request, apiVersion, draft) => handler.handle({ ...context(apiVersion), apiKey: handler.apiKey }, decode(request, apiVersion, encode(request, apiVersion, draft)));
  return {
    env, broker, deps, denied, context, raw,
    close() { for (const listener of [...closing]) listener(); },
    async call(handler, request, response, apiVersion, draft) {
      const answer = await raw(handler, request, apiVersion, draft);
      if (answer === NO_RESPONSE || answer === CLOSE_CONNECTION) throw new Error(String(answer));
      return decode(response, apiVersion, encode(response, apiVersion, answer as Draft<never>));
    },
  };
}
