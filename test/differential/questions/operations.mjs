// Questions on where partitions are and who leads them: log directories, elections, reassignments, the quorum, producers.
import { batch } from './data.mjs';

/** Sizes, room and directories are each side's own. */
const logDirsView = (answer) => ({
  ...answer, results: answer.results?.map((result) => ({
    ...result, logDir: 'its own', totalBytes: Math.sign(result.totalBytes), usableBytes: Math.sign(result.usableBytes),
    topics: result.topics.map((topic) => ({ ...topic, partitions: topic.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex) })).sort((a, b) => (a.name < b.name ? -1 : 1)),
  })),
});

async function describeLogDirs({ ask, v, state }) {
  const own = (answer) => { const view = logDirsView(answer); return { ...view, results: view.results?.map((result) => ({ ...result, topics: result.topics.filter(({ name }) => state.lasting.has(name) && name !== 'written') })) }; };
  await ask('DescribeLogDirs', { topics: null }, 'all', v, own);
  await ask('DescribeLogDirs', { topics: [] }, 'none', v, logDirsView);
  await ask('DescribeLogDirs', { topics: [{ topic: 'orders', partitions: [0, 2] }, { topic: 'small', partitions: [0] }] }, 'some', v, logDirsView);
  await ask('DescribeLogDirs', { topics: [{ topic: 'orders', partitions: [1, 1] }, { topic: 'orders', partitions: [1] }] }, 'one more than once', v, logDirsView);
  await ask('DescribeLogDirs', { topics: [{ topic: 'orders', partitions: [9, -1] }, { topic: 'nowhere', partitions: [0] }, { topic: 'not a name!', partitions: [0] }] }, 'what is not there', v, logDirsView);
}

async function electLeaders({ ask, v }) {
  const one = (topic, ...partitions) => [{ topic, partitions }];
  for (const electionType of v >= 1 ? [0, 1, 2, -1] : [0]) {
    const elect = (topicPartitions, what) => ask('ElectLeaders', { electionType, topicPartitions, timeoutMs: 5000 }, `type ${electionType}: ${what}`);
    await elect(one('orders', 0, 1), 'two partitions');
    await elect(one('orders', 0, 0), 'one twice');
    await elect(one('orders', 9, -1), 'partitions that are not there');
    await elect(one('nowhere', 0), 'a topic that is not there');
    await elect(one('not a name!', 0), 'a name that is none');
    await elect([], 'nothing');
    await elect(null, 'everything');
  }
}

async function alterPartitionReassignments({ ask, v }) {
  const alter = (what, partitions, more = {}, name = 'orders') => ask('AlterPartitionReassignments', { timeoutMs: 5000, topics: [{ name, partitions }], ...more }, what);
  const to = (replicas, partitionIndex = 0) => [{ partitionIndex, replicas }];
  await alter('the same', to([1]));
  await alter('all of a topic', [0, 1, 2].map((index) => to([1], index)[0]));
  await alter('an unknown broker', to([9]));
  await alter('a known and an unknown one', to([1, 9]));
  await alter('one broker twice', to([1, 1]));
  await alter('a negative broker', to([-1]));
  await alter('no broker', to([]));
  await alter('cancel', to(null));
  await alter('a partition that is not there', to([1], 9));
  await alter('cancel a partition that is not there', to(null, 9));
  await alter('a topic that is not there', to([1]), {}, 'nowhere');
  await alter('a name that is none', to([1]), {}, 'not a name!');
  await alter('good and bad', [...to([1]), ...to([9], 1)]);
  await alter('one partition twice', [...to([1]), ...to([1])]);
  await ask('AlterPartitionReassignments', { timeoutMs: 5000, topics: [] }, 'nothing');
  if (v >= 1) {
    await alter('the number of replicas kept', to([1]), { allowReplicationFactorChange: false });
    await alter('the number of replicas changed where it may not', to([1, 9]), { allowReplicationFactorChange: false });
  }
}

async function listPartitionReassignments({ ask }) {
  const list = (topics, what) => ask('ListPartitionReassignments', { timeoutMs: 5000, topics }, what);
  await list(null, 'all');
  await list([], 'none');
  await list([{ name: 'orders', partitionIndexes: [0, 1, 9] }], 'a topic');
  await list([{ name: 'nowhere', partitionIndexes: [0] }, { name: 'not a name!', partitionIndexes: [0] }], 'what is not there');
}

/** Offsets, times and ids are each side's own; that they are there, and which hold together, isn't. */
function quorumView(answer) {
  const known = (value) => (typeof value === 'number' && value > 0 ? 'known' : value);
  return {
    ...answer,
    topics: answer.topics?.map((topic) => ({
      ...topic, partitions: topic.partitions.map((partition) => ({
        ...partition, leaderEpoch: known(partition.leaderEpoch), highWatermark: known(partition.highWatermark),
        currentVoters: partition.currentVoters.map((voter) => ({
          ...voter, logEndOffset: known(voter.logEndOffset), lastFetchTimestamp: known(voter.lastFetchTimestamp), lastCaughtUpTimestamp: known(voter.lastCaughtUpTimestamp),
          replicaDirectoryId: /^A{22}$/.test(voter.replicaDirectoryId) ? 'none' : 'one',
        })),
      })),
    })),
    nodes: answer.nodes?.map((node) => ({ ...node, listeners: node.listeners.map((listener) => ({ ...listener, port: known(listener.port) })) })),
  };
}

async function describeQuorum({ ask, v }) {
  const describe = (topics, what) => ask('DescribeQuorum', { topics }, what, v, quorumView);
  const metadata = { topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] };
  await describe([metadata], 'the metadata');
  await describe([{ ...metadata, partitions: [{ partitionIndex: 1 }] }], 'a partition that is not there');
  await describe([{ ...metadata, partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }] }], 'two partitions');
  await describe([{ topicName: 'orders', partitions: [{ partitionIndex: 0 }] }], 'another topic');
  await describe([metadata, metadata], 'twice');
  await describe([{ ...metadata, partitions: [] }], 'no partition');
  await describe([], 'nothing');
}

async function describeProducers({ ask, name }) {
  const view = (answer) => ({
    ...answer, topics: answer.topics?.map((topic) => ({
      ...topic, partitions: topic.partitions.map((partition) => ({ ...partition, activeProducers: partition.activeProducers.map((producer) => ({ ...producer, producerId: 'its own' })) })),
    })),
  });
  const describe = (topics, what) => ask('DescribeProducers', { topics }, what, undefined, view);
  const topic = `${name}-produced`;
  await ask.topic(topic, 2);
  const { producerId, producerEpoch } = await ask.producer();
  const write = (index, baseSequence) => ask.quietly('Produce', 9, { acks: -1, timeoutMs: 5000, topicData: [{ name: topic, partitionData: [{ index, records: batch(3, { producerId, producerEpoch, baseSequence }) }] }] });
  await write(0, 0);
  await write(0, 3);
  await describe([{ name: topic, partitionIndexes: [0, 1] }], 'who wrote and where nobody did');
  await describe([{ name: topic, partitionIndexes: [9, -1] }], 'partitions that are not there');
  await describe([{ name: 'nowhere', partitionIndexes: [0] }], 'a topic that is not there');
  await describe([{ name: 'not a name!', partitionIndexes: [0] }], 'a name that is none');
  await describe([{ name: topic, partitionIndexes: [] }], 'no partition');
  await describe([], 'nothing');
}

export const operationQuestions = {
  DescribeLogDirs: describeLogDirs, ElectLeaders: electLeaders, AlterPartitionReassignments: alterPartitionReassignments,
  ListPartitionReassignments: listPartitionReassignments, DescribeQuorum: describeQuorum, DescribeProducers: describeProducers,
};
