import { DeleteRecordsRequest, DeleteRecordsResponse, ErrorCode } from '#libs/kafka/protocol';
import { AclOperation } from '../../controller/index.js';
import { produced } from '../../replication/replication.testing.js';
import { createDeleteRecordsHandler } from './21-delete-records.handlers.js';
import { createDataPath, denial } from './data-path.testing.js';

describe('DeleteRecords', () => {
  it.each([0, 1, 2])('raises the log start in version %i', async (version) => {
    const path = await createDataPath([{ name: 't', partitions: 2 }, { name: 'c', configs: { 'cleanup.policy': 'compact' } }]);
    const leader = path.broker.replicas.leader('t', 0);
    if (typeof leader === 'number') throw new Error(`error ${leader}`);
    leader.appendAsLeader(produced(['a', 'b', 'c']), { requiredAcks: 1, origin: 'client', apiVersion: 9 });
    const handler = createDeleteRecordsHandler(path.deps);
    const remove = async (name: string, partitionIndex: number, offset: number) =>
      (await path.call(handler, DeleteRecordsRequest, DeleteRecordsResponse, version, { timeoutMs: 1000, topics: [{ name, partitions: [{ partitionIndex, offset }] }] })).topics[0]!.partitions[0]!;
    expect(await remove('t', 0, 2)).toEqual({ partitionIndex: 0, lowWatermark: 2, errorCode: 0 });
    expect(await remove('t', 0, 4)).toEqual({ partitionIndex: 0, lowWatermark: -1, errorCode: ErrorCode.OFFSET_OUT_OF_RANGE });
    expect(await remove('t', 0, -1)).toEqual({ partitionIndex: 0, lowWatermark: 3, errorCode: 0 });
    expect(await remove('t', 2, -1)).toMatchObject({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION });
    expect(await remove('c', 0, -1)).toMatchObject({ errorCode: ErrorCode.POLICY_VIOLATION });
    path.denied.add(denial(AclOperation.delete, 't'));
    expect(await remove('t', 0, -1)).toMatchObject({ errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED });
  });
});
