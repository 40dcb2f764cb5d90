import { ControlFailure, type Caller } from '#libs/control/domain';
import { ClusterAuthenticationError, type Cluster } from '#libs/kafka/client';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import type { DataPlaneConnections } from './connections.js';
import { createLogsUseCases } from './logs.js';

const caller = { kind: 'cluster-key' } as Caller;
const segments = [0, 10, 20].map((baseOffset) => ({ baseOffset }));

/** A topic `t` of three partitions: what it is asked as the caller, and as the platform. */
function logs(over: { asCaller?: unknown; asPlatform?: unknown } = {}) {
  const asked: string[] = [];
  const topic = { errorCode: over.asCaller ?? 0, name: 't', topicId: 'id', isInternal: false, topicAuthorizedOperations: 0, partitions: [0, 1, 2].map((partitionIndex) => ({ partitionIndex, leaderId: 1, replicaNodes: [1], isrNodes: [1] })) };
  const described = { errorCode: 0, errorMessage: null, topics: [{ errorCode: 0, cleanupPolicy: 'delete', partitions: [2, 0, 1].map((partitionIndex) => ({ errorCode: 0, partitionIndex, segments })) }] };
  const client = (who: string, answer: unknown): Cluster => {
    const use = (ask: (connection: unknown) => unknown) => { asked.push(who); return ask({ send: async () => { if (answer instanceof Error) throw answer; return answer; } }); };
    return { any: use, every: async (ask: (connection: unknown) => unknown) => [await use(ask)] } as unknown as Cluster;
  };
  const connections = {
    open: async () => ({ access: {}, client: client('caller', over.asCaller instanceof Error ? over.asCaller : { topics: [topic] }) }),
    asPlatform: () => client('platform', over.asPlatform ?? described),
  } as unknown as DataPlaneConnections;
  return { useCases: createLogsUseCases(connections), asked };
}
const failureOf = async (work: Promise<unknown>): Promise<string> => work.then(() => 'none', (error: unknown) => (error instanceof ControlFailure ? error.code : String(error)));

it('asks as the caller before it asks as the platform', async () => {
  const { useCases, asked } = logs();
  const page = await useCases.partitions(caller, 'lkc-1', 't', { pageSize: 2 });
  expect([page.items.map(({ partition }) => partition), page.totalSize, asked]).toEqual([[0, 1], 3, ['caller', 'platform']]);
  expect((await useCases.partitions(caller, 'lkc-1', 't', { pageSize: 2, pageToken: page.nextPageToken! })).items.map(({ partition }) => partition)).toEqual([2]);
});

it('pages through segments by where they begin', async () => {
  const { useCases } = logs();
  const first = await useCases.segments(caller, 'lkc-1', 't', 0, { pageSize: 1 });
  const second = await useCases.segments(caller, 'lkc-1', 't', 0, { pageSize: 2, pageToken: first.nextPageToken! });
  expect([first.items, second.items, second.nextPageToken]).toEqual([segments.slice(0, 1), segments.slice(1), null]);
  for (const pageToken of ['x', Buffer.from('n-1').toString('base64url'), Buffer.from('0/lkc-1').toString('base64url')]) {
    expect(await failureOf(useCases.segments(caller, 'lkc-1', 't', 0, { pageToken }))).toBe('invalid_page_token');
  }
  expect(await failureOf(useCases.segments(caller, 'lkc-1', 't', 0, { pageSize: 101 }))).toBe('invalid_page_size');
});

it.each<[string, Parameters<typeof logs>[0], string]>([
  ['a topic that isn\'t there', { asCaller: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }, 'resource_not_found'],
  ['a name that is none', { asCaller: ErrorCode.INVALID_TOPIC_EXCEPTION }, 'resource_not_found'],
  ['a topic that the key may not describe', { asCaller: ErrorCode.TOPIC_AUTHORIZATION_FAILED }, 'user_unauthorized'],
  ['a key that was revoked', { asCaller: new ClusterAuthenticationError('no') }, 'invalid_api_key'],
  ['an engine without the call', { asPlatform: new KafkaError(ErrorCode.UNSUPPORTED_VERSION) }, 'not_supported_by_engine'],
])('says of %s what it is', async (_what, over, code) => {
  const { useCases, asked } = logs(over);
  expect(await failureOf(useCases.partition(caller, 'lkc-1', 't', 0))).toBe(code);
  if (over?.asCaller !== undefined) expect(asked).toEqual(['caller']);
});

it('finds no fault with a cloud key when the cluster refuses the platform', async () => {
  const { useCases } = logs({ asCaller: new ClusterAuthenticationError('no') });
  await expect(useCases.partition({ kind: 'cloud-key' } as Caller, 'lkc-1', 't', 0)).rejects.toBeInstanceOf(ClusterAuthenticationError);
});

it('knows no partition that the topic hasn\'t', async () => {
  const { useCases, asked } = logs();
  expect(await failureOf(useCases.partition(caller, 'lkc-1', 't', 3))).toBe('resource_not_found');
  expect(asked).toEqual(['caller']);
});
