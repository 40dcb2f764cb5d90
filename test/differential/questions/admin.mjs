// Questions on metadata and administration: topics, partitions, configs, ACLs, the cluster, versions, logins.
const TOPIC = 2;
const BROKER = 4;

async function apiVersions({ ask, v }) {
  await ask('ApiVersions', v >= 3 ? { clientSoftwareName: 'differential', clientSoftwareVersion: '1.0' } : {}, 'versions');
  if (v >= 3) await ask('ApiVersions', { clientSoftwareName: 'not a name!', clientSoftwareVersion: '' }, 'a name that is none');
}

async function metadata({ ask, v, state }) {
  const named = (...names) => names.map((name) => ({ name }));
  const own = (answer) => ({ ...answer, topics: answer.topics?.filter((topic) => state.lasting.has(topic.name)) });
  await ask('Metadata', v >= 1 ? { topics: null } : { topics: [] }, 'all topics', v, own);
  if (v >= 1) await ask('Metadata', { topics: [] }, 'no topics');
  await ask('Metadata', { topics: named('orders') }, 'one topic');
  await ask('Metadata', { topics: named('orders', 'compacted', 'nowhere') }, 'two known, one not');
  await ask('Metadata', { topics: named('orders', 'orders') }, 'one twice');
  await ask('Metadata', { topics: named('not a name!') }, 'an invalid name');
  await ask('Metadata', { topics: named('') }, 'an empty name');
  await ask('Metadata', { topics: named('x'.repeat(250)) }, 'a name too long');
  if (v >= 4) await ask('Metadata', { topics: named('nowhere'), allowAutoTopicCreation: false }, 'no creation');
  if (v >= 8) await ask('Metadata', { topics: named('orders'), includeTopicAuthorizedOperations: true }, 'with a topic\'s operations');
  if (v >= 8 && v <= 10) await ask('Metadata', { topics: [], includeClusterAuthorizedOperations: true }, 'with the cluster\'s operations');
  if (v >= 10) await ask('Metadata', { topics: [{ topicId: state.topicId.orders, name: v >= 12 ? null : 'orders' }] }, 'by id');
  if (v >= 12) await ask('Metadata', { topics: [{ topicId: state.unknownId, name: null }] }, 'by an unknown id');
  if (v >= 12) await ask('Metadata', { topics: [{ topicId: state.topicId.orders, name: null }, { topicId: state.unknownId, name: null }, { name: 'orders' }] }, 'by ids and name');
}

async function describeTopicPartitions({ ask }) {
  const of = (...names) => names.map((name) => ({ name }));
  await ask('DescribeTopicPartitions', { topics: of('orders') }, 'one topic');
  await ask('DescribeTopicPartitions', { topics: of('orders', 'compacted', 'nowhere') }, 'two known, one not');
  await ask('DescribeTopicPartitions', { topics: of('orders', 'compacted'), responsePartitionLimit: 2 }, 'a limit');
  await ask('DescribeTopicPartitions', { topics: of('orders'), cursor: { topicName: 'orders', partitionIndex: 1 } }, 'a cursor');
  await ask('DescribeTopicPartitions', { topics: of('orders'), cursor: { topicName: 'orders', partitionIndex: 99 } }, 'a cursor past the end');
  await ask('DescribeTopicPartitions', { topics: of('orders'), cursor: { topicName: 'orders', partitionIndex: -1 } }, 'a cursor before the start');
  await ask('DescribeTopicPartitions', { topics: of('not a name!') }, 'an invalid name');
  await ask('DescribeTopicPartitions', { topics: of('orders'), responsePartitionLimit: 0 }, 'a limit of 0');
}

async function createTopics({ ask, name }) {
  let next = 0;
  const one = async (what, topic, more = {}) => {
    const drafted = { name: `${name}-${next++}`, numPartitions: 1, replicationFactor: 1, ...topic };
    await ask('CreateTopics', { topics: [drafted], timeoutMs: 10_000, ...more }, what);
  };
  await one('plain', {});
  await one('validate only', {}, { validateOnly: true });
  await one('with configs', { numPartitions: 2, configs: [{ name: 'retention.ms', value: '1000' }, { name: 'cleanup.policy', value: 'compact' }] });
  await one('defaults', { numPartitions: -1, replicationFactor: -1 });
  await one('0 partitions', { numPartitions: 0 });
  await one('-2 partitions', { numPartitions: -2 });
  await one('0 replicas', { replicationFactor: 0 });
  await one('2 replicas', { replicationFactor: 2 });
  await one('an assignment', { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [1] }, { partitionIndex: 1, brokerIds: [1] }] });
  await one('an assignment with counts', { assignments: [{ partitionIndex: 0, brokerIds: [1] }] });
  await one('an assignment to nobody', { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [9] }] });
  await one('an assignment with a gap', { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 1, brokerIds: [1] }] });
  await one('an assignment, one twice', { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [1, 1] }] });
  await one('an empty assignment', { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [] }] });
  for (const bad of ['', '.', '..', 'x'.repeat(249), 'x'.repeat(250), 'not a name!', 'orders', '__consumer_offsets']) await one(`named ${bad.slice(0, 20)} (${bad.length})`, { name: bad });
  await one('dots', { name: `${name}.a_b` });
  await one('a collision', { name: `${name}_a.b` });
  for (const [key, value] of [['no.such', '1'], ['retention.ms', 'abc'], ['retention.ms', '-2'], ['retention.ms', null], ['cleanup.policy', 'compact,none'], ['cleanup.policy', ''], ['min.insync.replicas', '0'], ['compression.type', 'brotli'], ['segment.bytes', '1'], ['unclean.leader.election.enable', 'maybe'], ['message.timestamp.type', 'Never'], ['min.compaction.lag.ms', '9223372036854775807'], ['remote.storage.enable', 'true']]) {
    await one(`${key}=${value}`, { configs: [{ name: key, value }] });
  }
  await ask('CreateTopics', { topics: [{ name: `${name}-d`, numPartitions: 1, replicationFactor: 1 }, { name: `${name}-d`, numPartitions: 1, replicationFactor: 1 }], timeoutMs: 10_000 }, 'one twice');
  await ask('CreateTopics', { topics: [{ name: `${name}-e`, numPartitions: 1, replicationFactor: 1 }, { name: 'orders', numPartitions: 1, replicationFactor: 1 }], timeoutMs: 10_000 }, 'one new, one there');
  await ask('CreateTopics', { topics: [], timeoutMs: 10_000 }, 'none');
}

async function deleteTopics({ ask, v, name, state }) {
  const first = await ask.topic(name, 1);
  await ask.topic(`${name}-2`, 1);
  const named = (...names) => (v >= 6 ? { topics: names.map((each) => ({ name: each })), timeoutMs: 10_000 } : { topicNames: names, timeoutMs: 10_000 });
  await ask('DeleteTopics', named('nowhere'), 'an unknown name');
  await ask('DeleteTopics', named('not a name!'), 'an invalid name');
  await ask('DeleteTopics', named(name, 'nowhere'), 'one known, one not');
  await ask('DeleteTopics', named(name), 'again');
  await ask('DeleteTopics', named(`${name}-2`, `${name}-2`), 'one twice');
  await ask('DeleteTopics', named(), 'none');
  if (v < 6) return;
  const third = await ask.topic(`${name}-3`, 1);
  const ids = (...topicIds) => ({ topics: topicIds.map((topicId) => ({ name: null, topicId })), timeoutMs: 10_000 });
  await ask('DeleteTopics', ids(first), 'by an id that is gone');
  await ask('DeleteTopics', ids(state.unknownId), 'by an unknown id');
  await ask('DeleteTopics', { topics: [{ name: `${name}-3`, topicId: third }], timeoutMs: 10_000 }, 'by both');
  await ask('DeleteTopics', { topics: [{ name: null }], timeoutMs: 10_000 }, 'by neither');
  await ask('DeleteTopics', ids(third), 'by id');
}

async function createPartitions({ ask, name }) {
  await ask.topic(name, 2);
  const one = (topic, count, assignments = null, more = {}) => ({ topics: [{ name: topic, count, assignments }], timeoutMs: 10_000, ...more });
  await ask('CreatePartitions', one(name, 3, null, { validateOnly: true }), 'validate only');
  await ask('CreatePartitions', one(name, 3), 'to 3');
  await ask('CreatePartitions', one(name, 3), 'to 3 again');
  await ask('CreatePartitions', one(name, 1), 'to 1');
  await ask('CreatePartitions', one(name, 0), 'to 0');
  await ask('CreatePartitions', one(name, -1), 'to -1');
  await ask('CreatePartitions', one(name, 5, [{ brokerIds: [1] }, { brokerIds: [1] }]), 'an assignment');
  await ask('CreatePartitions', one(name, 7, [{ brokerIds: [1] }]), 'an assignment too short');
  await ask('CreatePartitions', one(name, 6, [{ brokerIds: [9] }]), 'an assignment to nobody');
  await ask('CreatePartitions', one(name, 6, [{ brokerIds: [1, 1] }]), 'an assignment, one twice');
  await ask('CreatePartitions', one(name, 6, [{ brokerIds: [] }]), 'an empty assignment');
  await ask('CreatePartitions', one('nowhere', 3), 'an unknown topic');
  await ask('CreatePartitions', { topics: [{ name, count: 8, assignments: null }, { name, count: 9, assignments: null }], timeoutMs: 10_000 }, 'one twice');
  await ask('CreatePartitions', { topics: [], timeoutMs: 10_000 }, 'none');
}

async function describeConfigs({ ask, v, name }) {
  await ask.topic(name, 1, [{ name: 'retention.ms', value: '1000' }, { name: 'max.message.bytes', value: '2000' }]);
  const one = (resourceType, resourceName, configurationKeys = null, more = {}) => ({ resources: [{ resourceType, resourceName, configurationKeys }], ...more });
  await ask('DescribeConfigs', one(TOPIC, name), 'a topic');
  await ask('DescribeConfigs', one(TOPIC, name, null, { includeSynonyms: true }), 'a topic with synonyms');
  if (v >= 3) await ask('DescribeConfigs', one(TOPIC, name, null, { includeDocumentation: true }), 'a topic with documentation');
  await ask('DescribeConfigs', one(TOPIC, name, ['retention.ms', 'no.such']), 'some keys');
  await ask('DescribeConfigs', one(TOPIC, name, []), 'no keys');
  await ask('DescribeConfigs', one(TOPIC, 'nowhere'), 'an unknown topic');
  await ask('DescribeConfigs', one(TOPIC, ''), 'an empty name');
  await ask('DescribeConfigs', one(TOPIC, 'not a name!'), 'an invalid name');
  await ask('DescribeConfigs', one(BROKER, '1', null, { includeSynonyms: true }), 'a broker');
  await ask('DescribeConfigs', one(BROKER, ''), 'the brokers\' default');
  await ask('DescribeConfigs', one(BROKER, '9'), 'an unknown broker');
  await ask('DescribeConfigs', one(BROKER, 'x'), 'a broker that is no number');
  await ask('DescribeConfigs', one(8, '1', null), 'loggers');
  await ask('DescribeConfigs', one(32, 'readers', null, { includeSynonyms: true }), 'a group');
  await ask('DescribeConfigs', one(32, ''), 'a group without a name');
  await ask('DescribeConfigs', one(16, 'metrics'), 'client metrics');
  await ask('DescribeConfigs', one(99, 'x'), 'an unknown type');
  await ask('DescribeConfigs', { resources: [] }, 'nothing');
}

const BAD_VALUES = [['no.such', '1'], ['retention.ms', 'abc'], ['retention.ms', null], ['min.insync.replicas', '0'], ['cleanup.policy', 'x'], ['cleanup.policy', 'delete,delete'], ['cleanup.policy', 'compact,,delete'], ['cleanup.policy', ','], ['leader.replication.throttled.replicas', '0:1,0:1'], ['max.message.bytes', '-1'], ['preallocate', 'yes'], ['min.cleanable.dirty.ratio', '2'], ['segment.bytes', '99999999999'], ['message.timestamp.type', 'x'], ['compression.gzip.level', '55'], ['segment.jitter.ms', '-1'], ['file.delete.delay.ms', '-1'], ['retention.ms', '-2'], ['retention.bytes', '1.5'], ['segment.bytes', '1000'], ['max.compaction.lag.ms', '0'], ['delete.retention.ms', '-1'], ['message.timestamp.after.max.ms', '-1'],
  ['flush.messages', '0'], ['flush.ms', '-1'], ['flush.ms', 'soon'], ['compression.gzip.level', '0'], ['compression.lz4.level', '18'], ['compression.zstd.level', '23'], ['compression.zstd.level', '-131073']];
const BAD_RESOURCES = [[TOPIC, 'nowhere'], [TOPIC, ''], [TOPIC, 'not a name!'], [BROKER, '9'], [BROKER, 'x'], [99, 'x']];
const BROKER_VALUES = [['log.retention.ms', '5000'], ['log.cleaner.threads', '2'], ['num.io.threads', '9'], ['message.max.bytes', '2000000'], ['log.segment.bytes', '1048576'], ['node.id', '7'], ['no.such', '1'], ['log.retention.ms', 'abc'], ['log.dirs', '/x'], ['listeners', 'PLAINTEXT://:1'], ['compression.type', 'x'], ['unclean.leader.election.enable', 'true'], ['min.insync.replicas', '2'], ['max.connections', '77'], ['offsets.retention.minutes', '5'],
  ['log.cleaner.backoff.ms', '1000'], ['log.cleaner.backoff.ms', '-1'], ['log.cleaner.dedupe.buffer.size', '67108864'], ['log.cleaner.io.max.bytes.per.second', '1000000'], ['log.cleaner.io.max.bytes.per.second', 'abc'], ['log.cleaner.io.buffer.load.factor', '0.8'],
  ['producer.id.expiration.ms', '100000'], ['producer.id.expiration.ms', '0'], ['max.connections.per.ip', '5'], ['log.retention.hours', '5'], ['log.retention.check.interval.ms', '1000'], ['log.cleaner.enable', 'false'], ['log.roll.jitter.ms', '5'], ['log.segment.delete.delay.ms', '5'],
  ['log.flush.interval.messages', '1000'], ['log.flush.interval.messages', '0'], ['log.flush.interval.ms', '60000'], ['log.flush.scheduler.interval.ms', '60000'], ['compression.zstd.level', '9'], ['compression.lz4.level', '0'], ['log.preallocate', 'true'], ['offsets.retention.check.interval.ms', '5'], ['max.connections.per.ip.overrides', '127.0.0.1:500']];

async function alterConfigs({ ask, name }) {
  await ask.topic(name, 1);
  const one = (resourceType, resourceName, configs, more = {}) => ({ resources: [{ resourceType, resourceName, configs: configs.map(([key, value]) => ({ name: key, value })) }], ...more });
  const seen = () => ask.barrier().then(() => ask('DescribeConfigs', { resources: [{ resourceType: TOPIC, resourceName: name, configurationKeys: ['retention.ms', 'max.message.bytes'] }] }, 'as it stands', 4));
  await ask('AlterConfigs', one(TOPIC, name, [['retention.ms', '7'], ['max.message.bytes', '5000']]), 'two');
  await seen();
  await ask('AlterConfigs', one(TOPIC, name, [['retention.ms', '8']]), 'one: the other goes');
  await seen();
  await ask('AlterConfigs', one(TOPIC, name, [['retention.ms', '9']], { validateOnly: true }), 'validate only');
  await ask('AlterConfigs', one(TOPIC, name, []), 'none');
  await seen();
  for (const [key, value] of BAD_VALUES) await ask('AlterConfigs', one(TOPIC, name, [[key, value]]), `${key}=${value}`);
  for (const [type, resource] of BAD_RESOURCES) await ask('AlterConfigs', one(type, resource, [['retention.ms', '1']]), `resource ${type} '${resource}'`);
  await ask('AlterConfigs', { resources: [...one(TOPIC, name, [['retention.ms', '1']]).resources, ...one(TOPIC, name, [['retention.ms', '2']]).resources] }, 'a resource twice');
  await ask('AlterConfigs', { resources: [] }, 'nothing');
}

async function incrementalAlterConfigs({ ask, name }) {
  await ask.topic(name, 1);
  const change = (resourceType, resourceName, configs, more = {}) => ({ resources: [{ resourceType, resourceName, configs: configs.map(([key, value, configOperation = 0]) => ({ name: key, value, configOperation })) }], ...more });
  const seen = () => ask.barrier().then(() => ask('DescribeConfigs', { resources: [{ resourceType: TOPIC, resourceName: name, configurationKeys: ['retention.ms', 'cleanup.policy'] }] }, 'as it stands', 4));
  await ask('IncrementalAlterConfigs', change(TOPIC, name, [['retention.ms', '7']]), 'set');
  await ask('IncrementalAlterConfigs', change(TOPIC, name, [['cleanup.policy', 'compact', 2]]), 'append');
  await seen();
  await ask('IncrementalAlterConfigs', change(TOPIC, name, [['cleanup.policy', 'compact', 2]]), 'append again');
  await ask('IncrementalAlterConfigs', change(TOPIC, name, [['cleanup.policy', 'delete', 3]]), 'subtract');
  await seen();
  await ask('IncrementalAlterConfigs', change(TOPIC, name, [['retention.ms', null, 1]]), 'delete');
  await ask('IncrementalAlterConfigs', change(TOPIC, name, [['retention.ms', null, 1]]), 'delete again');
  await seen();
  await ask('IncrementalAlterConfigs', change(TOPIC, name, [['retention.ms', '9', 2]]), 'append to what is no list');
  await ask('IncrementalAlterConfigs', change(TOPIC, name, [['retention.ms', '9', 9]]), 'an unknown operation');
  await ask('IncrementalAlterConfigs', change(TOPIC, name, [['no.such', null, 1]]), 'delete what does not exist');
  await ask('IncrementalAlterConfigs', change(TOPIC, name, [['retention.ms', '9'], ['retention.ms', '8']]), 'a key twice');
  await ask('IncrementalAlterConfigs', change(TOPIC, name, [['retention.ms', '9'], ['no.such', '8']]), 'a good and a bad one');
  await ask('IncrementalAlterConfigs', change(TOPIC, name, [['retention.ms', '9']], { validateOnly: true }), 'validate only');
  await seen();
  for (const [key, value] of BAD_VALUES) await ask('IncrementalAlterConfigs', change(TOPIC, name, [[key, value]]), `${key}=${value}`);
  for (const [type, resource] of BAD_RESOURCES) await ask('IncrementalAlterConfigs', change(type, resource, [['retention.ms', '1']]), `resource ${type} '${resource}'`);
  for (const target of ['', '1']) {
    for (const [key, value] of BROKER_VALUES) await ask('IncrementalAlterConfigs', change(BROKER, target, [[key, value]], { validateOnly: true }), `broker '${target}' ${key}=${value}`);
  }
  await ask('IncrementalAlterConfigs', change(32, 'readers', [['consumer.session.timeout.ms', '50000']], { validateOnly: true }), 'a group');
  await ask('IncrementalAlterConfigs', { resources: [...change(TOPIC, name, [['retention.ms', '1']]).resources, ...change(TOPIC, name, [['retention.ms', '2']]).resources] }, 'a resource twice');
  await ask('IncrementalAlterConfigs', { resources: [] }, 'nothing');
}

async function listConfigResources({ ask, v, state }) {
  const own = (answer) => ({ ...answer, configResources: answer.configResources?.filter((each) => each.resourceType !== TOPIC || state.lasting.has(each.resourceName)).filter((each) => each.resourceType !== 32) });
  await ask('ListConfigResources', v >= 1 ? { resourceTypes: [] } : {}, 'all', v, own);
  if (v >= 1) for (const type of [TOPIC, BROKER, 8, 16, 99]) await ask('ListConfigResources', { resourceTypes: [type] }, `type ${type}`, v, own);
}

const ANY = { resourceTypeFilter: 1, resourceNameFilter: null, patternTypeFilter: 1, principalFilter: null, hostFilter: null, operation: 1, permissionType: 1 };
const READ = { resourceType: 2, resourceName: 'orders', resourcePatternType: 3, principal: 'User:a', host: '*', operation: 3, permissionType: 3 };
const filterOf = (acl) => ({ resourceTypeFilter: acl.resourceType, resourceNameFilter: acl.resourceName, patternTypeFilter: acl.resourcePatternType, principalFilter: acl.principal, hostFilter: acl.host, operation: acl.operation, permissionType: acl.permissionType });

async function createAcls({ ask, name }) {
  const acl = (more = {}) => ({ creations: [{ ...READ, resourceName: name, ...more }] });
  await ask('CreateAcls', acl(), 'literal');
  await ask('CreateAcls', acl(), 'again');
  await ask('CreateAcls', acl({ resourcePatternType: 4 }), 'prefixed');
  await ask('CreateAcls', acl({ resourceName: '*' }), 'every topic');
  const bad = [['a pattern of Any', { resourcePatternType: 1 }], ['a pattern of Match', { resourcePatternType: 2 }], ['an unknown pattern', { resourcePatternType: 9 }], ['resource Any', { resourceType: 1 }], ['resource Unknown', { resourceType: 0 }], ['an unknown resource', { resourceType: 99 }],
    ['operation Any', { operation: 1 }], ['operation Unknown', { operation: 0 }], ['operation 99', { operation: 99 }], ['permission Any', { permissionType: 1 }], ['permission 0', { permissionType: 0 }], ['an empty name', { resourceName: '' }], ['a principal without a type', { principal: 'a' }], ['an empty principal', { principal: '' }],
    ['an empty host', { host: '' }], ['a host that is a name', { host: 'example.org' }], ['the cluster by another name', { resourceType: 4, resourceName: 'x' }], ['the cluster', { resourceType: 4, resourceName: 'kafka-cluster' }], ['an operation that topics lack', { operation: 12 }], ['a token', { resourceType: 6 }], ['a user', { resourceType: 7 }], ['an invalid topic name', { resourceName: 'not a name!' }]];
  for (const [what, more] of bad) await ask('CreateAcls', acl(more), what);
  await ask('CreateAcls', { creations: [...acl({ host: '10.0.0.1' }).creations, ...acl({ operation: 1 }).creations] }, 'a good and a bad one');
  await ask('CreateAcls', { creations: [] }, 'none');
  await ask.quietly('DeleteAcls', 3, { filters: [ANY] });
}

async function aclsOf(ask, name) {
  const acl = (more) => ({ ...READ, resourceName: name, ...more });
  await ask.quietly('CreateAcls', 3, { creations: [acl({}), acl({ operation: 4, host: '10.0.0.1' }), acl({ resourceName: name.slice(0, 3), resourcePatternType: 4, principal: 'User:b' }), acl({ resourceName: '*', principal: 'User:c' }), acl({ resourceType: 3, permissionType: 2 }), acl({ resourceType: 4, resourceName: 'kafka-cluster', operation: 8 })] });
  return acl;
}

const FILTERS = [['all', {}], ['topics', { resourceTypeFilter: 2 }], ['groups', { resourceTypeFilter: 3 }], ['literal', { patternTypeFilter: 3 }], ['prefixed', { patternTypeFilter: 4 }], ['a principal', { principalFilter: 'User:b' }], ['a host', { hostFilter: '10.0.0.1' }], ['an operation', { operation: 4 }], ['denials', { permissionType: 2 }], ['no principal so named', { principalFilter: 'User:zzz' }],
  ['resource Unknown', { resourceTypeFilter: 0 }], ['an unknown resource', { resourceTypeFilter: 99 }], ['pattern Unknown', { patternTypeFilter: 0 }], ['operation Unknown', { operation: 0 }], ['permission Unknown', { permissionType: 0 }], ['an unknown operation', { operation: 99 }]];

async function describeAcls({ ask, name }) {
  await aclsOf(ask, name);
  for (const [what, more] of FILTERS) await ask('DescribeAcls', { ...ANY, ...more }, what);
  await ask('DescribeAcls', { ...ANY, resourceTypeFilter: 2, resourceNameFilter: name, patternTypeFilter: 2 }, 'what matches a name');
  await ask('DescribeAcls', { ...ANY, resourceNameFilter: name, patternTypeFilter: 3 }, 'a literal name');
  await ask.quietly('DeleteAcls', 3, { filters: [ANY] });
}

async function deleteAcls({ ask, name }) {
  const acl = await aclsOf(ask, name);
  await ask('DeleteAcls', { filters: [filterOf(acl({}))] }, 'one');
  await ask('DeleteAcls', { filters: [filterOf(acl({}))] }, 'again');
  await ask('DeleteAcls', { filters: [filterOf(acl({ resourceType: 3, permissionType: 2 })), { ...ANY, principalFilter: 'User:c' }] }, 'two filters');
  await ask('DeleteAcls', { filters: [{ ...ANY, principalFilter: 'User:b' }, { ...ANY, principalFilter: 'User:b' }] }, 'one filter twice');
  for (const [what, more] of FILTERS.slice(10)) await ask('DeleteAcls', { filters: [{ ...ANY, ...more }] }, what);
  await ask('DeleteAcls', { filters: [{ ...ANY, resourceTypeFilter: 2, resourceNameFilter: name, patternTypeFilter: 2 }] }, 'what matches a name');
  await ask('DeleteAcls', { filters: [] }, 'none');
  await ask('DeleteAcls', { filters: [ANY] }, 'all');
}

async function describeCluster({ ask, v }) {
  await ask('DescribeCluster', {}, 'plain');
  await ask('DescribeCluster', { includeClusterAuthorizedOperations: true }, 'with operations');
  if (v >= 1) for (const endpointType of [2, 0, 9]) await ask('DescribeCluster', { endpointType }, `endpoint type ${endpointType}`);
  if (v >= 2) await ask('DescribeCluster', { includeFencedBrokers: true }, 'with fenced brokers');
}

async function saslHandshake({ ask }) {
  await ask('SaslHandshake', { mechanism: 'PLAIN' }, 'on a listener without logins');
}
async function saslAuthenticate({ ask }) {
  await ask('SaslAuthenticate', { authBytes: Buffer.from('\0a\0b') }, 'on a listener without logins');
}

export const adminQuestions = {
  ApiVersions: apiVersions, Metadata: metadata, DescribeTopicPartitions: describeTopicPartitions, CreateTopics: createTopics, DeleteTopics: deleteTopics, CreatePartitions: createPartitions,
  DescribeConfigs: describeConfigs, AlterConfigs: alterConfigs, IncrementalAlterConfigs: incrementalAlterConfigs, ListConfigResources: listConfigResources,
  CreateAcls: createAcls, DescribeAcls: describeAcls, DeleteAcls: deleteAcls, DescribeCluster: describeCluster, SaslHandshake: saslHandshake, SaslAuthenticate: saslAuthenticate,
};
