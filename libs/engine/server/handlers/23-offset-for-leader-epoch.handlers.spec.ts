import { ErrorCode, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse } from '#libs/kafka/protocol';
import { AclOperation } from '../../controller/index.js';
import { produced, testImage } from '../../replication/replication.testing.js';
import { createOffsetForLeaderEpochHandler } from './23-offset-for-leader-epoch.handlers.js';
import { createDataPath, denial } from './data-path.testing.js';

describe('OffsetForLeaderEpoch', () => {
  it.each([2, 3, 4])('answers where epochs end in version %i', async (version) => {
    const path = await createDataPath([{ name: 't', leaderEpoch: 2 }]);
    const append = (): void => {
      const leader = path.broker.replicas.leader('t', 0);
      if (typeof leader !== 'number') leader.appendAsLeader(produced(['a']), { requiredAcks: 1, origin: 'client', apiVersion: 9 });
    };
    append();
    path.broker.controller.publish(testImage([{ name: 't', leaderEpoch: 5 }]));
    append();
    append();
    const handler = createOffsetForLeaderEpochHandler(path.deps);
    const ask = async (leaderEpoch: number, currentLeaderEpoch = -1, topic = 't') =>
      (await path.call(handler, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, version, { topics: [{ topic, partitions: [{ partition: 0, leaderEpoch, currentLeaderEpoch }] }] })).topics[0]!.partitions[0]!;
    expect(await ask(5)).toEqual({ partition: 0, errorCode: 0, leaderEpoch: 5, endOffset: 3 });
    expect(await ask(2)).toEqual({ partition: 0, errorCode: 0, leaderEpoch: 2, endOffset: 1 });
    expect(await ask(4)).toEqual({ partition: 0, errorCode: 0, leaderEpoch: 2, endOffset: 1 });
    expect(await ask(6)).toEqual({ partition: 0, errorCode: 0, leaderEpoch: -1, endOffset: -1 });
    expect(await ask(5, 4)).toMatchObject({ errorCode: ErrorCode.FENCED_LEADER_EPOCH, endOffset: -1 });
    expect(await ask(5, 6)).toMatchObject({ errorCode: ErrorCode.UNKNOWN_LEADER_EPOCH });
    expect(await ask(5, -1, 'unknown')).toMatchObject({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION });
    path.denied.add(denial(AclOperation.describe, 't'));
    expect(await ask(5)).toMatchObject({ errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED });
  });
});
