/** The two requests of our own: what they tell, to whom, and that nobody else learns that they exist. */
import {
  ErrorCode, type ApiVersionsResponse, SluiceDescribeLogsRequest, SluiceDescribeLogsResponse, SluiceDescribeMetricsRequest, SluiceDescribeMetricsResponse,
} from '#libs/kafka/protocol';
import { createMetrics, family } from '../../metrics/index.js';
import { produced } from '../../replication/replication.testing.js';
import type { ApiHandler, ServerDeps } from '../api.js';
import { dispatch, type Peer } from '../request-dispatch.js';
import { serverErrors } from '../server.errors.js';
import { SERVER_LIMITS } from '../server.limits.js';
import { createApiVersionsHandler } from './18-api-versions.handlers.js';
import { createSluiceDescribeLogsHandler } from './32000-sluice-describe-logs.handlers.js';
import { createSluiceDescribeMetricsHandler } from './32001-sluice-describe-metrics.handlers.js';
import { createDataPath, type DataPath } from './data-path.testing.js';

async function path(isSuperUser = true): Promise<DataPath> {
  const made = await createDataPath([
    { name: 'compacted', configs: { 'cleanup.policy': 'compact' } }, { name: 'kept', partitions: 2, configs: { 'retention.ms': '1000', 'segment.bytes': '1048576' } },
    { name: 'sized', configs: { 'retention.bytes': '0' } },
  ]);
  const deps = made.deps as { config: object; authorizer: object; metrics: ServerDeps['metrics'] };
  deps.config = { ...deps.config, properties: new Map([['inter.broker.listener.name', 'internal']]) };
  deps.authorizer = { ...deps.authorizer, isSuperUser: () => isSuperUser };
  const metrics = createMetrics();
  metrics.add(() => [family('gauge', 'sluice_room', 'Room.', [[{ of: 'disk' }, 1.5]])]);
  deps.metrics = metrics;
  return made;
}
function append(made: DataPath, topic: string, values: readonly string[]): void {
  const leader = made.broker.replicas.leader(topic, 0);
  if (typeof leader === 'number') throw new Error(`no leader: ${leader}`);
  leader.appendAsLeader(produced(values), { requiredAcks: 1, origin: 'client', apiVersion: 9 });
}

describe('SluiceDescribeLogs', () => {
  const ask = async (made: DataPath, topics: { name: string; partitions: number[] | null }[] | null, includeSegments = false, version = 1) =>
    made.call(createSluiceDescribeLogsHandler(made.deps), SluiceDescribeLogsRequest, SluiceDescribeLogsResponse, version, { topics, includeSegments });

  it('tells of all that is led here', async () => {
    const made = await path();
    append(made, 'compacted', ['a', 'b']);
    const { errorCode, topics } = await ask(made, null);
    expect(errorCode).toBe(0);
    expect(topics.map(({ name, cleanupPolicy, partitions }) => [name, cleanupPolicy, partitions.map(({ logEndOffset, segments }) => [logEndOffset, segments.length])])).toEqual([
      ['compacted', 'compact', [[2, 0]]], ['kept', 'delete', [[0, 0], [0, 0]]], ['sized', 'delete', [[0, 0]]],
    ]);
    expect(topics[0]!.partitions[0]).toMatchObject({ logStartOffset: 0, highWatermark: 2, firstDirtyOffset: 0, cleanBytes: 0, dirtyBytes: produced(['a', 'b']).length, lastCleanedMs: -1 });
    expect(topics[1]!.partitions[0]).toMatchObject({ firstDirtyOffset: -1, sizeBytes: 0 });
  });
  it('tells of segments when asked, with the time at which retention takes them', async () => {
    const made = await path();
    append(made, 'kept', ['a']);
    const [topic] = (await ask(made, [{ name: 'kept', partitions: [0, 0] }], true)).topics;
    expect(topic!.partitions).toHaveLength(1);
    const [segment] = topic!.partitions[0]!.segments;
    expect(segment).toMatchObject({ baseOffset: 0, nextOffset: 1, active: true, firstTimestamp: 1_700_000_000_000, largestTimestamp: 1_700_000_000_000 });
    expect(segment!.retentionAtMs).toBeGreaterThanOrEqual(1_700_000_001_001);
    expect(segment!.retentionAfterBytes).toBe(-1);
  });
  it('tells after how many bytes retention takes them by size, but not a platform of an older build', async () => {
    const made = await path();
    append(made, 'sized', ['a']);
    const asked = [{ name: 'sized', partitions: null }];
    const bytes = async (version: number) => (await ask(made, asked, true, version)).topics[0]!.partitions[0]!.segments.map(({ retentionAfterBytes }) => retentionAfterBytes);
    expect(await bytes(1)).toEqual([0]);
    expect(await bytes(0)).toEqual([-1]);
  });
  it('has a code for what isn\'t there', async () => {
    const made = await path();
    const { topics } = await ask(made, [{ name: 'nowhere', partitions: null }, { name: 'kept', partitions: [9] }]);
    expect(topics.map(({ errorCode, partitions }) => [errorCode, partitions.map((partition) => partition.errorCode)])).toEqual([[3, []], [0, [3]]]);
  });
  it('answers so many partitions and no more', async () => {
    const made = await path();
    const indexes = Array.from({ length: SERVER_LIMITS.describedLogsMax }, (_, index) => index);
    expect((await ask(made, [{ name: 'kept', partitions: indexes }])).errorCode).toBe(0);
    expect((await ask(made, [{ name: 'kept', partitions: [...indexes, 0] }])).errorCode).toBe(ErrorCode.POLICY_VIOLATION);
  });
});

it('SluiceDescribeMetrics tells what was gathered', async () => {
  const made = await path();
  expect(await made.call(createSluiceDescribeMetricsHandler(made.deps), SluiceDescribeMetricsRequest, SluiceDescribeMetricsResponse, 0, {})).toMatchObject({
    errorCode: 0, metrics: [{ name: 'sluice_room', help: 'Room.', kind: 'gauge', samples: [{ suffix: '', labels: [{ name: 'of', value: 'disk' }], value: 1.5 }] }],
  });
});

describe('others', () => {
  it('that are no super users are refused', async () => {
    const made = await path(false);
    expect(await made.call(createSluiceDescribeMetricsHandler(made.deps), SluiceDescribeMetricsRequest, SluiceDescribeMetricsResponse, 0, {})).toMatchObject({ errorCode: 31, metrics: [] });
    expect(await made.call(createSluiceDescribeLogsHandler(made.deps), SluiceDescribeLogsRequest, SluiceDescribeLogsResponse, 0, { topics: null, includeSegments: true })).toMatchObject({ errorCode: 31, topics: [] });
  });
  it('on other listeners find neither the key nor its name', async () => {
    const made = await path();
    const handlers: ApiHandler[] = [createSluiceDescribeLogsHandler(made.deps), createSluiceDescribeMetricsHandler(made.deps)];
    const versions = createApiVersionsHandler({ controller: { image: { features: new Map(), offset: 1 } } } as unknown as ServerDeps, () => handlers);
    handlers.push(versions);
    const keysOn = async (listenerName: string): Promise<number[]> => {
      const answer = await versions.handle({ ...made.context(0), listenerName }, { clientSoftwareName: '', clientSoftwareVersion: '' }) as ApiVersionsResponse;
      return answer.apiKeys.map(({ apiKey }) => apiKey);
    };
    expect(await keysOn('INTERNAL')).toEqual([18, 32000, 32001]);
    expect(await keysOn('EXTERNAL')).toEqual([18]);
    const frame = Buffer.from([0x7d, 0x00, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 0]);
    const peer = (listenerName: string) => ({ connectionId: 'x', clientHost: 'h', listenerName, principal: { type: 'User', name: 'u' }, sasl: null }) as unknown as Peer;
    const table = new Map(handlers.map((handler) => [handler.apiKey, handler]));
    expect(() => dispatch(table, peer('EXTERNAL'), frame)).toThrow(serverErrors.unknownApi(32000).message);
    expect(() => dispatch(table, peer('INTERNAL'), frame)).not.toThrow(serverErrors.unknownApi(32000).message);
  });
});
