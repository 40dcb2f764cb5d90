import { ErrorCode, ListOffsetsRequest, ListOffsetsResponse, type Draft } from '#libs/kafka/protocol';
import { AclOperation } from '../../controller/index.js';
import { produced } from '../../replication/replication.testing.js';
import { createListOffsetsHandler } from './02-list-offsets.handlers.js';
import { createDataPath, denial } from './data-path.testing.js';

const setup = async () => {
  const path = await createDataPath([{ name: 't', leaderEpoch: 6 }]);
  const handler = createListOffsetsHandler(path.deps);
  const leader = path.broker.replicas.leader('t', 0);
  if (typeof leader === 'number') throw new Error(`error ${leader}`);
  const call = async (version: number, draft: Draft<ListOffsetsRequest>) => (await path.call(handler, ListOffsetsRequest, ListOffsetsResponse, version, draft)).topics.flatMap(({ partitions }) => partitions);
  const list = async (version: number, timestamp: number, more: Draft<ListOffsetsRequest['topics'][number]['partitions'][number]> = {}) =>
    (await call(version, { replicaId: -1, topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp, ...more }] }] }))[0]!;
  const append = (timestampMs: number, ...values: string[]): void => { leader.appendAsLeader(produced(values, { timestampMs }), { requiredAcks: 1, origin: 'client', apiVersion: 9 }); };
  return { path, leader, call, list, append };
};

describe('ListOffsets', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])('answers latest, earliest and by time in version %i', async (version) => {
    const { leader, list, append } = await setup();
    const epoch = version >= 4 ? 6 : -1;
    expect(await list(version, -1)).toEqual({ partitionIndex: 0, errorCode: 0, timestamp: -1, offset: 0, leaderEpoch: epoch });
    expect(await list(version, 0)).toEqual({ partitionIndex: 0, errorCode: 0, timestamp: -1, offset: -1, leaderEpoch: -1 });
    append(1000, 'a', 'b');
    append(3000, 'c');
    append(2000, 'd');
    await leader.deleteRecordsBefore(1);
    expect(await list(version, -1)).toMatchObject({ offset: 4, leaderEpoch: epoch });
    expect(await list(version, -2)).toMatchObject({ offset: 1, timestamp: -1, leaderEpoch: epoch });
    expect(await list(version, 1001)).toEqual({ partitionIndex: 0, errorCode: 0, timestamp: 3000, offset: 2, leaderEpoch: epoch });
    expect(await list(version, 3001)).toMatchObject({ errorCode: 0, offset: -1, timestamp: -1 });
  });

  it('knows the special timestamps of each version', async () => {
    const { list, append } = await setup();
    append(1000, 'a');
    append(3000, 'b');
    append(2000, 'c');
    expect(await list(7, -3)).toMatchObject({ errorCode: 0, offset: 1, timestamp: 3000 });
    expect(await list(8, -4)).toMatchObject({ errorCode: 0, offset: 0, timestamp: -1 });
    expect(await list(9, -5)).toMatchObject({ errorCode: 0, offset: -1 });
    expect(await list(11, -6)).toMatchObject({ errorCode: 0, offset: -1 });
    for (const [version, timestamp] of [[6, -3], [7, -4], [8, -5], [10, -6], [11, -7]] as const) expect((await list(version, timestamp)).errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION);
  });

  it('fences epochs, refuses strangers and repeated partitions', async () => {
    const { path, call, list } = await setup();
    expect((await list(4, -1, { currentLeaderEpoch: 5 })).errorCode).toBe(ErrorCode.FENCED_LEADER_EPOCH);
    expect((await list(4, -1, { currentLeaderEpoch: 7 })).errorCode).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH);
    const twice = { partitionIndex: 0, timestamp: -1 };
    expect((await call(4, { topics: [{ name: 't', partitions: [twice, twice] }] })).map(({ errorCode }) => errorCode)).toEqual([ErrorCode.INVALID_REQUEST]);
    expect(await call(4, { topics: [{ name: 'unknown', partitions: [twice] }] })).toMatchObject([{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, offset: -1 }]);
    path.denied.add(denial(AclOperation.describe, 't'));
    expect((await list(4, -1)).errorCode).toBe(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
  });
});
