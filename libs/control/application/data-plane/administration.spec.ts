import { expect, it } from '@jest/globals';
import type { ReachableCluster } from '#libs/control/domain';
import type { BrokerConnection, Cluster } from '#libs/kafka/client';
import {
  AddRaftVoterRequest, DescribeClusterRequest, DescribeQuorumRequest, ErrorCode, KafkaError, ListPartitionReassignmentsRequest, MetadataRequest, RemoveRaftVoterRequest, UnregisterBrokerRequest, type MessageCodec,
} from '#libs/kafka/protocol';
import { createClusterAdministration } from './administration.js';

const reachable: ReachableCluster = { clusterId: 'lkc-1', engine: 'any', version: null, brokers: [1, 2, 3].map((nodeId) => ({ nodeId, roles: ['broker', 'controller'], ports: { external: nodeId * 10, internal: nodeId * 10 + 1, controller: nodeId * 10 + 2 } })) };

type Answers = Map<unknown, (draft: never) => unknown>;

/** Every call goes to one broker, which answers so. */
function administrationOf(answers: [MessageCodec<never> | object, (draft: never) => unknown][]) {
  const sent: { codec: unknown; draft: unknown }[] = [];
  const known: Answers = new Map(answers);
  const connection = {
    version: () => 1,
    send: async (codec: unknown, _response: unknown, draft: unknown) => {
      sent.push({ codec, draft });
      const answer = known.get(codec);
      if (!answer) throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION);
      return answer(draft as never);
    },
  } as unknown as BrokerConnection;
  const use = <T>(work: (c: BrokerConnection) => Promise<T>): Promise<T> => work(connection);
  const client = { any: use, controller: use, node: <T>(_id: number, work: (c: BrokerConnection) => Promise<T>) => work(connection), describe: async () => ({ clusterId: 'k', controllerId: 2, brokers: [{ nodeId: 1, host: 'h', port: 1, rack: 'a' }], authorizedOperations: 0 }) } as unknown as Cluster;
  return { administration: createClusterAdministration(() => client), sent: (codec: unknown) => sent.filter((each) => each.codec === codec).map(({ draft }) => draft) };
}

const replica = (replicaId: number, replicaDirectoryId: string, at: number) => ({ replicaId, replicaDirectoryId, logEndOffset: 10, lastFetchTimestamp: at, lastCaughtUpTimestamp: at });
const quorum = (currentVoters: unknown[], observers: unknown[] = []) => () => ({
  errorCode: 0, errorMessage: null, nodes: [{ nodeId: 1, listeners: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 12 }] }],
  topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0, errorCode: 0, errorMessage: null, leaderId: 1, leaderEpoch: 3, highWatermark: 9, currentVoters, observers }] }],
});
const done = () => ({ errorCode: 0, errorMessage: null });

it('gives the vote to the directory that fetches now, not to the one that the quorum remembers', async () => {
  const observers = [replica(2, 'old', 90_000), replica(2, 'new', 99_900)];
  for (const order of [observers, [...observers].reverse()]) {
    const { administration, sent } = administrationOf([[DescribeQuorumRequest, quorum([replica(1, 'a', 100_000), replica(3, 'c', 99_900)], order)], [AddRaftVoterRequest, done]]);
    await administration.addVoter(reachable, 2);
    expect(sent(AddRaftVoterRequest)).toMatchObject([{ voterId: 2, voterDirectoryId: 'new', listeners: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 22 }] }]);
  }
});

it('waits while it can\'t tell which that is, or there is none', async () => {
  for (const observers of [[], [replica(2, 'old', 99_000), replica(2, 'new', 99_900)]]) {
    const { administration, sent } = administrationOf([[DescribeQuorumRequest, quorum([replica(1, 'a', 100_000)], observers)], [AddRaftVoterRequest, done]]);
    await expect(administration.addVoter(reachable, 2)).rejects.toMatchObject({ code: 'voter_not_ready', retryable: true });
    expect(sent(AddRaftVoterRequest)).toEqual([]);
  }
});

it('takes the vote of the directory that has it; one without a vote needs nothing', async () => {
  const { administration, sent } = administrationOf([[DescribeQuorumRequest, quorum([replica(1, 'a', 100_000), replica(2, 'b', 99_900)])], [RemoveRaftVoterRequest, done]]);
  await administration.removeVoter(reachable, 2);
  await administration.removeVoter(reachable, 3);
  expect(sent(RemoveRaftVoterRequest)).toMatchObject([{ voterId: 2, voterDirectoryId: 'b' }]);
});

it('tells which votes can be had, and partitions as they are to be', async () => {
  const partition = { errorCode: 0, partitionIndex: 0, leaderId: -1, replicaNodes: [4, 2, 3], isrNodes: [2, 3] };
  const { administration } = administrationOf([
    [DescribeQuorumRequest, quorum([replica(1, 'a', 100_000), replica(2, 'b', 99_000), replica(3, 'c', 80_000)])],
    [MetadataRequest, () => ({ topics: [{ errorCode: 0, name: 't', topicId: 'x', isInternal: false, topicAuthorizedOperations: 0, partitions: [partition] }] })],
    [ListPartitionReassignmentsRequest, () => ({ errorCode: 0, errorMessage: null, topics: [{ name: 't', partitions: [{ partitionIndex: 0, addingReplicas: [4], removingReplicas: [3] }] }] })],
    [DescribeClusterRequest, done],
  ]);
  expect(await administration.health(reachable)).toMatchObject({
    brokers: [{ nodeId: 1, rack: 'a' }], controllerId: 1, voters: [{ nodeId: 1, isCurrent: true }, { nodeId: 2, isCurrent: true }, { nodeId: 3, isCurrent: false }],
    partitions: [{ topic: 't', partition: 0, leader: null, replicas: [4, 2], isr: [2, 3], isMoving: true }],
  });
});

it('knows clusters without a quorum, and brokers without a registry', async () => {
  const partitions = [{ errorCode: 0, partitionIndex: 0, leaderId: 1, replicaNodes: [1], isrNodes: [1] }];
  const { administration } = administrationOf([
    [MetadataRequest, () => ({ topics: [{ errorCode: 0, name: '__consumer_offsets', topicId: 'x', isInternal: true, topicAuthorizedOperations: 0, partitions }] })], [ListPartitionReassignmentsRequest, () => ({ errorCode: 0, errorMessage: null, topics: [] })],
  ]);
  expect(await administration.health(reachable)).toMatchObject({ voters: null, controllerId: 2, partitions: [{ topic: '__consumer_offsets', isInternal: true }] });
  await administration.unregisterBroker(reachable, 3);
});

it('says whether trying again can help', async () => {
  const refusing = (errorCode: number) => administrationOf([[UnregisterBrokerRequest, () => ({ errorCode, errorMessage: 'no' })]]).administration.unregisterBroker(reachable, 3);
  await expect(refusing(ErrorCode.CLUSTER_AUTHORIZATION_FAILED)).rejects.toMatchObject({ code: 'cluster_refused', retryable: false, message: 'the cluster refuses it: no' });
  await expect(refusing(ErrorCode.REQUEST_TIMED_OUT)).rejects.toMatchObject({ retryable: true });
});
