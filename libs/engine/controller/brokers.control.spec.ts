import { createTestEnv } from '../../kernel/testing/index.js';
import { metadataRecord, type MetadataRecord } from '../quorum/index.js';
import { decideRegister, decideShutdown, decideTakeOver, decideUnfence, type SelfDescription } from './brokers.control.js';
import { CLUSTER_ID } from './controller.fixture.js';
import { emptyImage, type ControllerImage } from './image.js';
import { beginDelta } from './image-delta.js';

const { random } = createTestEnv();
const DIRECTORY = 'JEXY6aqzQY-32P5TStzaFg';
const TOPIC_ID = 'J22uQ3F8SgaacUTA1VB2oA';
const self: SelfDescription = {
  nodeId: 1, rack: null, directoryId: DIRECTORY, endpoints: [{ listener: 'EXTERNAL', host: 'h', port: 1, securityProtocol: 'SASL_SSL' }],
  controllerEndpoint: { name: 'CONTROLLER', host: 'h', port: 2, securityProtocol: 'SSL' },
};
function after(image: ControllerImage, records: readonly MetadataRecord[]): ControllerImage {
  const delta = beginDelta(image);
  records.forEach((record, index) => delta.replay(record, image.offset + 1 + index, 1));
  return delta.build();
}
function running(features: MetadataRecord[] = [], partition: Partial<Parameters<typeof metadataRecord<'PartitionRecord'>>[1]> = {}): ControllerImage {
  const registered = after(emptyImage(CLUSTER_ID), [...features, decideRegister(self, 7, random), metadataRecord('TopicRecord', { name: 'a', topicId: TOPIC_ID }),
    metadataRecord('PartitionRecord', { partitionId: 0, topicId: TOPIC_ID, replicas: [1], isr: [1], leader: 1, leaderEpoch: 0, partitionEpoch: 0, directories: [DIRECTORY], ...partition })]);
  return after(registered, decideUnfence(registered, self));
}
const change = (fields: object) => metadataRecord('PartitionChangeRecord', { partitionId: 0, topicId: TOPIC_ID, ...fields });
const state = (image: ControllerImage) => image.topics.get('a')!.partitions[0]!;
const ELR = metadataRecord('FeatureLevelRecord', { name: 'eligible.leader.replicas.version', featureLevel: 1 });

it('a clean stop: controlled shutdown, no leader, fenced', () => {
  expect(decideShutdown(running(), 1)).toEqual([
    metadataRecord('BrokerRegistrationChangeRecord', { brokerId: 1, brokerEpoch: 7, inControlledShutdown: 1 }), change({ leader: -1 }),
    metadataRecord('BrokerRegistrationChangeRecord', { brokerId: 1, brokerEpoch: 7, fenced: 1 }),
  ]);
});

it('a clean stop where Kafka finalized ELR, and the start after it', () => {
  const image = running([ELR]);
  expect(decideShutdown(image, 1)[1]).toEqual(change({ leader: -1, isr: [], eligibleLeaderReplicas: [1], lastKnownElr: [1] }));
  const stopped = after(image, decideShutdown(image, 1));
  const registered = after(stopped, [decideRegister(self, 20, random)]);
  expect(decideUnfence(registered, self)[1]).toEqual(change({ leader: 1, isr: [1], eligibleLeaderReplicas: [], lastKnownElr: [] }));
  expect(state(after(registered, decideUnfence(registered, self)))).toMatchObject({ leader: 1, isr: [1], leaderEpoch: 2, partitionEpoch: 2 });
});

it('a start after a crash fences what the crash left, before it registers', () => {
  const records = decideTakeOver(running(), self, random);
  expect(records.map((record) => record.type)).toEqual(['RegisterControllerRecord', 'PartitionChangeRecord', 'BrokerRegistrationChangeRecord']);
  expect(records[2]!.value).toMatchObject({ brokerEpoch: 7, fenced: 1 });
});

it('the only replica leads again whatever was noted of it', () => {
  const lost = running([], { isr: [], leader: -1, leaderRecoveryState: 1, directories: ['AAAAAAAAAAAAAAAAAAAAAA'], lastKnownElr: [1] });
  expect(state(lost)).toMatchObject({ leader: 1, isr: [1], leaderRecoveryState: 0, directories: [DIRECTORY], lastKnownElr: [] });
});

it('of several replicas only one that was in sync leads', () => {
  expect(state(running([], { replicas: [2, 1], isr: [2], leader: -1, directories: [DIRECTORY, DIRECTORY] })).leader).toBe(-1);
  expect(state(running([], { replicas: [2, 1], isr: [2, 1], leader: -1, directories: [DIRECTORY, DIRECTORY] })).leader).toBe(1);
});
