import type { Caller } from '#libs/control/domain';
import type { Cluster } from '#libs/kafka/client';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { createConfigsUseCases } from './configs.js';
import type { DataPlaneConnections } from './connections.js';

const caller = {} as Caller;
const TOPIC_CONFIG = 1;
const DEFAULT_CONFIG = 5;

/** A cluster where the caller may describe topics' configs and create none: neither its ACLs nor the naming policy let it. */
function configs(describeErrorCode = 0) {
  const entry = (value: string, configSource: number) => ({ name: 'retention.ms', value, configSource, readOnly: false, isSensitive: false, synonyms: [] });
  const described = { results: [{ errorCode: describeErrorCode, errorMessage: null, configs: [entry('5000', TOPIC_CONFIG)] }] };
  const created = (errorCode: number) => ({ topics: [{ errorCode, errorMessage: null, configs: [entry('604800000', DEFAULT_CONFIG)] }] });
  const client = (answers: { any: unknown; controller: unknown }) => ({
    any: (ask: (connection: unknown) => unknown) => ask({ send: async () => answers.any }), controller: (ask: (connection: unknown) => unknown) => ask({ send: async () => answers.controller }),
  }) as unknown as Cluster;
  const connections = {
    open: async () => ({ access: {}, client: client({ any: described, controller: created(ErrorCode.POLICY_VIOLATION) }) }),
    asPlatform: () => client({ any: null, controller: created(0) }),
  } as unknown as DataPlaneConnections;
  return createConfigsUseCases(connections);
}

it.each([['that is there', 0], ['that is not', ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]])('tells the defaults of a topic %s to whoever may describe its configs, and needs no right to create topics', async (_which, errorCode) => {
  expect(await configs(errorCode).topicDefaults(caller, 'lkc-1', 'orders')).toEqual([expect.objectContaining({ name: 'retention.ms', value: '604800000', source: 'DEFAULT_CONFIG' })]);
});

it('tells them to nobody else', async () => {
  await expect(configs(ErrorCode.TOPIC_AUTHORIZATION_FAILED).topicDefaults(caller, 'lkc-1', 'orders')).rejects.toThrow(KafkaError);
});
