/** Elections and reassignments as one broker decides them; the interesting ones come from directories of larger Apache Kafka clusters. */
import { errorName } from '#libs/kafka/protocol';
import { metadataRecord, type MetadataRecord } from '../quorum/index.js';
import { ElectionType } from './api.js';
import { CLUSTER_ID } from './controller.fixture.js';
import { decideElectLeaders } from './elections.control.js';
import { emptyImage, type ControllerImage } from './image.js';
import { beginDelta } from './image-delta.js';
import { decideReassignments } from './reassignments.control.js';

const TOPIC_ID = 'J22uQ3F8SgaacUTA1VB2oA';
const [HERE, THERE] = ['JEXY6aqzQY-32P5TStzaFg', 'KEXY6aqzQY-32P5TStzaFg'];

function after(image: ControllerImage, records: readonly MetadataRecord[]): ControllerImage {
  const delta = beginDelta(image);
  records.forEach((record, index) => delta.replay(record, image.offset + 1 + index, 1));
  return delta.build();
}
/** Topic t with one partition; broker 2 is known and gone. */
function imageWith(partition: Partial<Parameters<typeof metadataRecord<'PartitionRecord'>>[1]>): ControllerImage {
  const broker = (brokerId: number, fenced: boolean) => metadataRecord('RegisterBrokerRecord', { brokerId, brokerEpoch: 1, fenced, logDirs: [HERE], rack: null });
  const { replicas = [1] } = partition;
  return after(emptyImage(CLUSTER_ID), [broker(1, false), broker(2, true), metadataRecord('TopicRecord', { name: 't', topicId: TOPIC_ID }), metadataRecord('PartitionRecord', {
    partitionId: 0, topicId: TOPIC_ID, isr: [1], leader: 1, leaderEpoch: 0, partitionEpoch: 0, directories: replicas.map((id) => (id === 1 ? HERE : THERE)), ...partition, replicas,
  })]);
}
const state = (image: ControllerImage) => image.topics.get('t')!.partitions[0]!;
const t0 = { topic: 't', partition: 0 };
const codes = (result: readonly { errorCode: number }[]) => result.map(({ errorCode }) => errorName(errorCode));

describe('ElectLeaders', () => {
  const elect = (image: ControllerImage, type: number, asked: readonly { topic: string; partition: number }[] | null = [t0]) => decideElectLeaders(image, 1, type, asked);
  const gone = imageWith({ replicas: [2, 1], isr: [2], leader: -1 });

  it('has nothing to do where the preferred leader leads', () => {
    for (const type of Object.values(ElectionType)) {
      expect(elect(imageWith({}), type)).toMatchObject({ records: [], result: [{ ...t0, errorCode: 84 }] });
      expect(elect(imageWith({}), type, null)).toEqual({ records: [], result: [] });
    }
  });
  it('does not know others\' topics and types', () => {
    const { result } = elect(imageWith({}), 0, [{ topic: 'x', partition: 0 }, { topic: 't', partition: 1 }, { topic: 't', partition: -1 }]);
    expect(result.map(({ errorMessage }) => errorMessage)).toEqual(['No such topic as x', 'No such partition as t-1', 'No such partition as t--1']);
    expect(() => elect(imageWith({}), 2)).toThrow('Unknown election type 2');
    expect(elect(imageWith({}), 2, [])).toEqual({ records: [], result: [] });
  });
  it('leaves a preferred leader that is gone', () => {
    expect(codes(elect(gone, ElectionType.preferred).result)).toEqual(['PREFERRED_LEADER_NOT_AVAILABLE']);
    expect(codes(elect(imageWith({ replicas: [2, 1], isr: [1], leader: 1 }), ElectionType.preferred, null).result)).toEqual(['PREFERRED_LEADER_NOT_AVAILABLE']);
    expect(codes(elect(imageWith({ replicas: [2], isr: [2], leader: -1 }), ElectionType.unclean).result)).toEqual(['ELIGIBLE_LEADERS_NOT_AVAILABLE']);
  });
  it('elects what is out of sync when asked to, once', () => {
    const { records, result } = elect(gone, ElectionType.unclean, [t0, t0]);
    expect(codes(result)).toEqual(['NONE', 'NONE']);
    expect(records).toHaveLength(1);
    expect(state(after(gone, records))).toMatchObject({ leader: 1, isr: [1], leaderEpoch: 1, replicas: [2, 1] });
  });
});

describe('AlterPartitionReassignments', () => {
  const alter = (image: ControllerImage, replicas: readonly number[] | null, allowFactorChange = true, asked = t0) => decideReassignments(image, 1, [{ ...asked, replicas }], { allowFactorChange });
  const shared = imageWith({ replicas: [1, 2], isr: [1, 2] });
  const moving = imageWith({ replicas: [1, 2], isr: [1], addingReplicas: [2] });

  it('takes what is so already', () => { expect(alter(imageWith({}), [1])).toEqual({ records: [], result: [{ errorCode: 0, errorMessage: null }] }); });
  it.each<[string, readonly number[] | null, string]>([
    ['no replicas', [], 'INVALID_REPLICA_ASSIGNMENT'], ['a broker that is not known', [9], 'INVALID_REPLICA_ASSIGNMENT'], ['one twice', [1, 1], 'INVALID_REPLICA_ASSIGNMENT'],
    ['a broker that is gone', [1, 2], 'INVALID_REPLICA_ASSIGNMENT'], ['the end of what never began', null, 'NO_REASSIGNMENT_IN_PROGRESS'],
  ])('refuses %s', (_what, replicas, code) => {
    const { records, result } = alter(imageWith({}), replicas);
    expect([codes(result), records]).toEqual([[code], []]);
  });
  it('does not know others\' topics and partitions', () => {
    expect(alter(imageWith({}), [1], true, { topic: 'x', partition: 0 }).result).toEqual([{ errorCode: 3, errorMessage: 'Unable to find a topic named x.' }]);
    expect(alter(imageWith({}), [1], true, { topic: 't', partition: 7 }).result).toEqual([{ errorCode: 3, errorMessage: 'Unable to find partition t:7.' }]);
  });
  it('keeps the number of replicas when asked to', () => {
    expect(alter(shared, [1], false).result).toEqual([{ errorCode: 38, errorMessage: 'The replication factor is changed from 2 to 1' }]);
  });
  it('drops replicas of brokers that are gone, at once', () => {
    expect(state(after(shared, alter(shared, [1]).records))).toMatchObject({ replicas: [1], isr: [1], directories: [HERE], leader: 1, leaderEpoch: 0, addingReplicas: [], removingReplicas: [] });
    expect(codes(alter(imageWith({ replicas: [2], isr: [2], leader: -1 }), [1]).result)).toEqual(['INVALID_REPLICA_ASSIGNMENT']);
  });
  it('cancels what a larger cluster began', () => {
    expect(state(after(moving, alter(moving, null).records))).toMatchObject({ replicas: [1], isr: [1], directories: [HERE], addingReplicas: [], removingReplicas: [] });
    expect(codes(alter(imageWith({ replicas: [2, 1], isr: [1], addingReplicas: [1] }), null).result)).toEqual(['INVALID_REPLICA_ASSIGNMENT']);
  });
});
