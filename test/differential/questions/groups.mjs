// Questions on groups: FindCoordinator, the classic protocol, offsets, and what describes and deletes groups.
const consumer = (topics = ['orders']) => Buffer.concat([Buffer.from([0, 1]), arrayOf(topics), Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.alloc(4)]);
function arrayOf(strings) {
  const head = Buffer.alloc(4);
  head.writeInt32BE(strings.length);
  return Buffer.concat([head, ...strings.map((each) => { const size = Buffer.alloc(2); size.writeInt16BE(each.length); return Buffer.concat([size, Buffer.from(each)]); })]);
}
const joining = (groupId, memberId = '', more = {}) => ({
  groupId, sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 30_000, memberId, protocolType: 'consumer', protocols: [{ name: 'range', metadata: consumer() }], ...more,
});
const ASSIGNED = Buffer.from('000000000001', 'hex');
const ABSENT = 'nobody-here';

/** A member of a stable group of one, made quietly. */
async function stable(ask, groupId, more = {}) {
  const first = await ask.quietly('JoinGroup', 5, joining(groupId, '', more));
  const joined = first.errorCode === 79 ? await ask.quietly('JoinGroup', 5, joining(groupId, first.memberId, more)) : first;
  await ask.quietly('SyncGroup', 3, { groupId, generationId: joined.generationId, memberId: joined.memberId, groupInstanceId: more.groupInstanceId ?? null, assignments: [{ memberId: joined.memberId, assignment: ASSIGNED }] });
  return { memberId: joined.memberId, generationId: joined.generationId };
}
const leave = (ask, groupId, memberId) => ask.quietly('LeaveGroup', 2, { groupId, memberId });

async function findCoordinator({ ask, v }) {
  const keyed = (key, keyType) => (v >= 4 ? { coordinatorKeys: [key], ...(keyType === undefined ? {} : { keyType }) } : { key, ...(keyType === undefined ? {} : { keyType }) });
  await ask('FindCoordinator', keyed('readers'), 'a group');
  await ask('FindCoordinator', keyed(''), 'an empty group');
  if (v >= 1) await ask('FindCoordinator', keyed('tx', 1), 'a transaction');
  if (v >= 1) await ask('FindCoordinator', keyed('x', 2), 'type 2');
  if (v >= 1) await ask('FindCoordinator', keyed('x', 9), 'type 9');
  if (v >= 4) await ask('FindCoordinator', { coordinatorKeys: ['a', 'b', ''] }, 'three groups');
  if (v >= 4) await ask('FindCoordinator', { coordinatorKeys: [] }, 'no group');
}

async function joinGroup({ ask, v, name }) {
  const first = await ask('JoinGroup', joining(name), 'the first member');
  const memberId = first.memberId || '';
  if (v >= 4) {
    await ask('JoinGroup', joining(name, memberId), 'with the id it got');
  }
  await ask('JoinGroup', joining(name, ABSENT), 'an unknown member');
  await ask('JoinGroup', joining(''), 'an empty group id');
  await ask('JoinGroup', joining(`${name}-t`, '', { sessionTimeoutMs: 1 }), 'a session too short');
  await ask('JoinGroup', joining(`${name}-t`, '', { sessionTimeoutMs: 99_999_999 }), 'a session too long');
  await ask('JoinGroup', joining(`${name}-p`, '', { protocols: [] }), 'no protocols');
  await ask('JoinGroup', joining(`${name}-p`, '', { protocolType: '' }), 'no protocol type');
  const other = { protocols: [{ name: 'other', metadata: consumer() }] };
  await ask('JoinGroup', joining(name, '', other), 'no protocol in common');
  await ask('JoinGroup', joining(name, '', { protocolType: 'connect' }), 'another protocol type');
  if (v >= 5) {
    const own = await ask('JoinGroup', joining(`${name}-s`, '', { groupInstanceId: 'i-1' }), 'a static member');
    await ask('SyncGroup', { groupId: `${name}-s`, generationId: own.generationId, memberId: own.memberId, groupInstanceId: 'i-1', assignments: [{ memberId: own.memberId, assignment: ASSIGNED }] }, 'static', 3);
    await ask('JoinGroup', joining(`${name}-s`, '', { groupInstanceId: 'i-1' }), 'the static member again');
    await ask('JoinGroup', joining(`${name}-s`, own.memberId, { groupInstanceId: 'i-1' }), 'the static member, fenced');
    await ask('JoinGroup', joining(`${name}-s`, ABSENT, { groupInstanceId: 'i-2' }), 'an unknown instance with a member id');
    await ask('JoinGroup', joining(`${name}-s`, '', { groupInstanceId: '..' }), 'an instance id that is not one');
  }
}

async function syncGroup({ ask, v, name }) {
  const first = await ask.quietly('JoinGroup', 3, joining(name));
  const own = { groupId: name, generationId: first.generationId, memberId: first.memberId, ...(v >= 5 ? { protocolType: 'consumer', protocolName: 'range' } : {}) };
  await ask('SyncGroup', { ...own, memberId: ABSENT, assignments: [] }, 'an unknown member');
  await ask('SyncGroup', { ...own, generationId: 99, assignments: [] }, 'another generation');
  if (v >= 5) await ask('SyncGroup', { ...own, protocolName: 'other', assignments: [] }, 'another protocol');
  if (v >= 5) await ask('SyncGroup', { ...own, protocolType: null, protocolName: null, assignments: [] }, 'no protocol');
  await ask('SyncGroup', { ...own, assignments: [{ memberId: first.memberId, assignment: ASSIGNED }] }, 'the leader');
  await ask('SyncGroup', { ...own, assignments: [] }, 'again, stable');
  await ask('SyncGroup', { ...own, groupId: '', assignments: [] }, 'an empty group id');
  await ask('SyncGroup', { ...own, groupId: 'no-such-group', assignments: [] }, 'an unknown group');
  if (v >= 3) await ask('SyncGroup', { ...own, groupInstanceId: 'i-9', assignments: [] }, 'an unknown instance');
}

async function heartbeat({ ask, v, name }) {
  const { memberId, generationId } = await stable(ask, name);
  const own = { groupId: name, generationId, memberId };
  await ask('Heartbeat', own, 'a member');
  await ask('Heartbeat', { ...own, generationId: generationId + 1 }, 'another generation');
  await ask('Heartbeat', { ...own, memberId: ABSENT }, 'an unknown member');
  await ask('Heartbeat', { ...own, memberId: '' }, 'no member');
  await ask('Heartbeat', { ...own, groupId: 'no-such-group' }, 'an unknown group');
  await ask('Heartbeat', { ...own, groupId: '' }, 'an empty group id');
  if (v >= 3) await ask('Heartbeat', { ...own, groupInstanceId: 'i-9' }, 'an unknown instance');
}

async function leaveGroup({ ask, v, name }) {
  const { memberId } = await stable(ask, name);
  const one = (groupId, member) => (v >= 3 ? { groupId, members: [{ memberId: member }] } : { groupId, memberId: member });
  await ask('LeaveGroup', one(name, ABSENT), 'an unknown member');
  await ask('LeaveGroup', one('no-such-group', memberId), 'an unknown group');
  await ask('LeaveGroup', one('', memberId), 'an empty group id');
  await ask('LeaveGroup', one(name, memberId), 'a member');
  await ask('LeaveGroup', one(name, memberId), 'a member, again');
  if (v >= 3) {
    await ask('LeaveGroup', { groupId: name, members: [] }, 'nobody');
    const fixed = await stable(ask, `${name}-s`, { groupInstanceId: 'i-1' });
    await ask('LeaveGroup', { groupId: `${name}-s`, members: [{ memberId: '', groupInstanceId: 'i-2' }, { memberId: ABSENT, groupInstanceId: 'i-1' }, { memberId: fixed.memberId, groupInstanceId: 'i-1' }] }, 'static: unknown, fenced, itself');
  }
}

async function describeGroups({ ask, v, name }) {
  const { memberId, generationId } = await stable(ask, name);
  await ask('DescribeGroups', { groups: [name] }, 'stable');
  await ask('DescribeGroups', { groups: [name, 'no-such-group', ''] }, 'one of each kind');
  if (v >= 3) await ask('DescribeGroups', { groups: [name], includeAuthorizedOperations: true }, 'with operations');
  await ask('DescribeGroups', { groups: [] }, 'none');
  await leave(ask, name, memberId);
  await ask('DescribeGroups', { groups: [name] }, `empty, generation ${generationId}`);
}

async function listGroups({ ask, v, name }) {
  await stable(ask, name);
  const own = (answer) => ({ ...answer, groups: answer.groups?.filter((group) => group.groupId === name) });
  await ask('ListGroups', {}, 'all', v, own);
  if (v >= 4) for (const states of [['Stable'], ['stable'], ['Empty'], ['Nonsense'], ['Stable', 'Empty']]) await ask('ListGroups', { statesFilter: states }, states.join(), v, own);
  if (v >= 5) for (const types of [['classic'], ['Classic'], ['consumer'], ['nonsense'], ['classic', 'consumer']]) await ask('ListGroups', { typesFilter: types }, types.join(), v, own);
}

async function deleteGroups({ ask, name }) {
  const { memberId } = await stable(ask, name);
  await ask('DeleteGroups', { groupsNames: [name] }, 'one with members');
  await leave(ask, name, memberId);
  await ask('DeleteGroups', { groupsNames: [name, 'no-such-group', ''] }, 'empty, unknown, no name');
  await ask('DeleteGroups', { groupsNames: [name] }, 'again');
  await ask('DeleteGroups', { groupsNames: [] }, 'none');
}

const topicOf = (v, from, state, name) => (v >= from ? { topicId: state.topicId[name] ?? state.unknownId } : { name });

async function offsetCommit({ ask, v, name, state }) {
  const part = (partitionIndex, committedOffset, committedMetadata = '') => ({ partitionIndex, committedOffset, committedMetadata });
  const commit = (groupId, topic, partitions, more = {}) => ({ groupId, topics: [{ ...topicOf(v, 10, state, topic), partitions }], ...more });
  await ask('OffsetCommit', commit(name, 'orders', [part(0, 5), part(1, 0, 'note'), part(2, 7, null)]), 'without membership');
  await ask('OffsetCommit', commit(name, 'orders', [part(9, 5)]), 'unknown partition');
  await ask('OffsetCommit', commit(name, 'nowhere', [part(0, 5)]), 'unknown topic');
  await ask('OffsetCommit', commit('', 'orders', [part(0, 5)]), 'an empty group id');
  await ask('OffsetCommit', commit(name, 'orders', [part(0, -1)]), 'offset -1');
  await ask('OffsetCommit', commit(name, 'orders', [part(0, -5)]), 'offset -5');
  await ask('OffsetCommit', commit(name, 'orders', [part(0, 5, 'x'.repeat(4096))]), 'the longest metadata');
  await ask('OffsetCommit', commit(name, 'orders', [part(0, 5, 'x'.repeat(4097))]), 'metadata too long');
  await ask('OffsetCommit', commit(name, 'orders', [part(0, 5)], { generationIdOrMemberEpoch: 1, memberId: ABSENT }), 'a member of an empty group');
  await ask('OffsetCommit', commit(`${name}-new`, 'orders', [part(0, 5)], { generationIdOrMemberEpoch: 1, memberId: ABSENT }), 'a member of an unknown group');
  await ask('OffsetCommit', { groupId: name, topics: [] }, 'nothing');
  const own = await stable(ask, name);
  await ask('OffsetCommit', commit(name, 'orders', [part(0, 6)], { generationIdOrMemberEpoch: own.generationId, memberId: own.memberId }), 'a member');
  await ask('OffsetCommit', commit(name, 'orders', [part(0, 6)], { generationIdOrMemberEpoch: own.generationId + 1, memberId: own.memberId }), 'another generation');
  await ask('OffsetCommit', commit(name, 'orders', [part(0, 6)], { generationIdOrMemberEpoch: own.generationId, memberId: ABSENT }), 'an unknown member');
  await ask('OffsetCommit', commit(name, 'orders', [part(0, 6)]), 'without membership in a group that has members');
  if (v >= 7) await ask('OffsetCommit', commit(name, 'orders', [part(0, 6)], { generationIdOrMemberEpoch: own.generationId, memberId: own.memberId, groupInstanceId: 'i-9' }), 'an unknown instance');
}

async function offsetFetch({ ask, v, name, state }) {
  await ask.quietly('OffsetCommit', 8, { groupId: name, topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: 'm', committedLeaderEpoch: 0 }, { partitionIndex: 1, committedOffset: 2, committedMetadata: null }] }] });
  const one = (groupId, topics, more = {}) => (v >= 8 ? { groups: [{ groupId, topics, ...more }] } : { groupId, topics });
  const topic = (topicName, partitionIndexes) => ({ ...topicOf(v, 10, state, topicName), partitionIndexes });
  await ask('OffsetFetch', one(name, [topic('orders', [0, 1, 2])]), 'two of three');
  await ask('OffsetFetch', one(name, [topic('orders', [9])]), 'unknown partition');
  await ask('OffsetFetch', one(name, [topic('nowhere', [0])]), 'unknown topic');
  await ask('OffsetFetch', one('no-such-group', [topic('orders', [0])]), 'unknown group');
  await ask('OffsetFetch', one('', [topic('orders', [0])]), 'an empty group id');
  await ask('OffsetFetch', one(name, []), 'no topics');
  if (v >= 2) await ask('OffsetFetch', one(name, null), 'all topics');
  if (v >= 2) await ask('OffsetFetch', one('no-such-group', null), 'all topics of an unknown group');
  if (v >= 7) await ask('OffsetFetch', { ...one(name, [topic('orders', [0])]), requireStable: true }, 'stable');
  if (v >= 8) await ask('OffsetFetch', { groups: [{ groupId: name, topics: null }, { groupId: 'no-such-group', topics: null }] }, 'two groups');
  if (v >= 8) await ask('OffsetFetch', { groups: [] }, 'no groups');
  if (v >= 9) await ask('OffsetFetch', one(name, null, { memberId: ABSENT, memberEpoch: 3 }), 'an unknown member of a classic group');
}

async function offsetDelete({ ask, name }) {
  await ask.quietly('OffsetCommit', 8, { groupId: name, topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }, { partitionIndex: 1, committedOffset: 2, committedMetadata: '' }] }] });
  const one = (groupId, topic, partitionIndex) => ({ groupId, topics: [{ name: topic, partitions: [{ partitionIndex }] }] });
  await ask('OffsetDelete', one(name, 'orders', 0), 'one');
  await ask('OffsetDelete', one(name, 'orders', 0), 'again');
  await ask('OffsetDelete', one(name, 'orders', 9), 'unknown partition');
  await ask('OffsetDelete', one(name, 'nowhere', 0), 'unknown topic');
  await ask('OffsetDelete', one('no-such-group', 'orders', 0), 'unknown group');
  await ask('OffsetDelete', one('', 'orders', 0), 'an empty group id');
  await ask('OffsetDelete', { groupId: name, topics: [] }, 'nothing');
  await stable(ask, name);
  await ask('OffsetDelete', one(name, 'orders', 1), 'a topic that a member reads');
  await ask('OffsetDelete', one(name, 'compacted', 0), 'a topic that no member reads');
}

export const groupQuestions = {
  FindCoordinator: findCoordinator, JoinGroup: joinGroup, SyncGroup: syncGroup, Heartbeat: heartbeat, LeaveGroup: leaveGroup, DescribeGroups: describeGroups,
  ListGroups: listGroups, DeleteGroups: deleteGroups, OffsetCommit: offsetCommit, OffsetFetch: offsetFetch, OffsetDelete: offsetDelete,
};
