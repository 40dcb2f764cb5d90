#!/usr/bin/env node
// Apache Kafka's own command-line tools against a cluster that the platform made, over SASL_SSL with its administrator's key; and Kafka's dump tool over the
// files that the broker wrote. usage: node test/differential/tools.mjs
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installers } from '../../tools/clients/install.mjs';
import { brokerPid, createReport, newHome, Platform, until } from '../support/platform.mjs';
import { checkDumps } from './dumps.mjs';
import { secureConnection, toolsFor } from './tool-run.mjs';

const lines = { held: 0, all: 0 };
const report = counted(createReport('Apache Kafka\'s tools against a Sluice cluster'));
function counted(inner) {
  return { ...inner, line(ok, text) { lines.all++; if (ok) lines.held++; inner.line(ok, text); } };
}

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const numbered = (from, to) => Array.from({ length: to - from }, (_, i) => `k${(from + i) % 7}:v${from + i}\n`).join('');
const produce = (t, topic, input, more = []) => t.run('console-producer', ['--topic', topic, '--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:', ...more], { input });
const consume = (topic, max, more = []) => ['--topic', topic, '--from-beginning', '--max-messages', String(max), '--timeout-ms', '15000', ...more];

async function topics(t) {
  await t.check('topics --create with partitions and configs', 'topics', ['--create', '--topic', 'tools', '--partitions', '3', '--replication-factor', '1', '--config', 'retention.ms=3600000', '--config', 'cleanup.policy=compact,delete'], 'Created topic tools.');
  await t.check('topics --create with the defaults', 'topics', ['--create', '--topic', 'tools.defaults'], 'Created topic tools.defaults.');
  await t.check('topics --create with a replica assignment', 'topics', ['--create', '--topic', 'tools-assigned', '--replica-assignment', '1,1'], 'Created topic tools-assigned.');
  await t.check('topics --create of one that is there', 'topics', ['--create', '--topic', 'tools'], "Topic 'tools' already exists.", { refused: true });
  await t.check('topics --create --if-not-exists', 'topics', ['--create', '--topic', 'tools', '--if-not-exists']);
  await t.check('topics --create of a name that collides', 'topics', ['--create', '--topic', 'tools_defaults'], "Topic 'tools_defaults' collides with existing topic: tools.defaults", { refused: true });
  await t.check('topics --create with more replicas than brokers', 'topics', ['--create', '--topic', 'tools-3', '--replication-factor', '3'], /Unable to replicate the partition 3 time\(s\): The target replication factor of 3 cannot be reached because only 1 broker\(s\) are registered/, { refused: true });
  await t.check('topics --create with a config that does not exist', 'topics', ['--create', '--topic', 'tools-x', '--config', 'no.such=1'], /Unknown topic config name: no\.such/, { refused: true });
  await t.check('topics --list', 'topics', ['--list'], [/^tools$/m, /^tools\.defaults$/m, /^tools-assigned$/m]);
  await t.check('topics --describe', 'topics', ['--describe', '--topic', 'tools'], [/Topic: tools\tTopicId: [\w-]{22}\tPartitionCount: 3\tReplicationFactor: 1\tConfigs: .*retention\.ms=3600000/, 'cleanup.policy=compact,delete', /Partition: 2\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \t/]);
  await t.check('topics --describe of what is not there', 'topics', ['--describe', '--topic', 'nowhere'], /Topic 'nowhere' does not exist as expected/, { refused: true });
  for (const flag of ['--under-replicated-partitions', '--unavailable-partitions', '--under-min-isr-partitions']) await t.check(`topics --describe ${flag}: none`, 'topics', ['--describe', flag], [], { absent: 'Topic:' });
  await t.check('topics --describe --at-min-isr-partitions', 'topics', ['--describe', '--at-min-isr-partitions', '--topic', 'tools'], /Partition: 0/);
  await t.check('topics --describe --topics-with-overrides', 'topics', ['--describe', '--topics-with-overrides'], 'Topic: tools\t', { absent: 'Topic: tools-assigned\t' });
  await t.check('topics --alter --partitions', 'topics', ['--alter', '--topic', 'tools', '--partitions', '5']);
  await t.check('topics --describe after it', 'topics', ['--describe', '--topic', 'tools'], ['PartitionCount: 5', /Partition: 4\tLeader: 1/]);
  await t.check('topics --alter to fewer', 'topics', ['--alter', '--topic', 'tools', '--partitions', '2'], /The topic tools currently has 5 partition\(s\); 2 would not be an increase/, { refused: true });
  await t.check('topics --delete', 'topics', ['--delete', '--topic', 'tools-assigned']);
  await t.check('topics --list after it', 'topics', ['--list', '--exclude-internal'], /^tools$/m, { absent: 'tools-assigned' });
  await t.check('topics --delete of what is not there', 'topics', ['--delete', '--topic', 'nowhere'], /Topic 'nowhere' does not exist as expected/, { refused: true });
}

async function configs(t) {
  await t.run('topics', ['--create', '--topic', 'configured', '--partitions', '1']);
  const topic = ['--entity-type', 'topics', '--entity-name', 'configured'];
  await t.check('configs --describe --all of a topic', 'configs', [...topic, '--describe', '--all'], [/retention\.ms=604800000 sensitive=false synonyms=\{\}/, /cleanup\.policy=delete .*DEFAULT_CONFIG:log\.cleanup\.policy=delete/, /max\.message\.bytes=1048588 /, /min\.insync\.replicas=1 /, /segment\.bytes=1073741824 /]);
  await t.check('configs --alter --add-config', 'configs', [...topic, '--alter', '--add-config', 'retention.ms=1000,cleanup.policy=[compact,delete],max.message.bytes=2000'], 'Completed updating config for topic configured.');
  await t.check('configs --describe of what was set', 'configs', [...topic, '--describe'], [/retention\.ms=1000 sensitive=false synonyms=\{DYNAMIC_TOPIC_CONFIG:retention\.ms=1000\}/, /cleanup\.policy=compact,delete /, /max\.message\.bytes=2000 sensitive=false synonyms=\{DYNAMIC_TOPIC_CONFIG:max\.message\.bytes=2000, DEFAULT_CONFIG:message\.max\.bytes=1048588\}/]);
  await t.check('configs --alter --delete-config', 'configs', [...topic, '--alter', '--delete-config', 'max.message.bytes'], 'Completed updating config');
  await t.check('configs --describe after it', 'configs', [...topic, '--describe'], 'retention.ms=1000', { absent: 'max.message.bytes' });
  await t.check('configs: a value that is no number', 'configs', [...topic, '--alter', '--add-config', 'retention.ms=abc'], 'Invalid value abc for configuration retention.ms: Not a number of type LONG', { refused: true });
  await t.check('configs: a value out of range', 'configs', [...topic, '--alter', '--add-config', 'min.insync.replicas=0'], 'Invalid value 0 for configuration min.insync.replicas: Value must be at least 1', { refused: true });
  await t.check('configs: a value outside its list', 'configs', [...topic, '--alter', '--add-config', 'compression.type=brotli'], 'Invalid value brotli for configuration compression.type: String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer', { refused: true });
  await t.check('configs: a name that does not exist', 'configs', [...topic, '--alter', '--add-config', 'no.such=1'], 'Unknown topic config name: no.such', { refused: true });
  await t.check('configs: a topic that does not exist', 'configs', ['--entity-type', 'topics', '--entity-name', 'nowhere', '--alter', '--add-config', 'retention.ms=1'], /does not exist|UnknownTopicOrPartition/, { refused: true });
  const everyBroker = ['--entity-type', 'brokers', '--entity-default'];
  await t.check('configs --alter of the brokers\' default', 'configs', [...everyBroker, '--alter', '--add-config', 'log.retention.ms=7200000'], 'Completed updating default config for brokers in the cluster.');
  await t.check('configs --describe of the brokers\' default', 'configs', [...everyBroker, '--describe'], /log\.retention\.ms=7200000 sensitive=false synonyms=\{DYNAMIC_DEFAULT_BROKER_CONFIG:log\.retention\.ms=7200000\}/);
  await t.check('configs --alter of one broker', 'configs', ['--entity-type', 'brokers', '--entity-name', '1', '--alter', '--add-config', 'message.max.bytes=2000000'], 'Completed updating config for broker 1.');
  await t.check('configs --describe --all of one broker', 'configs', ['--entity-type', 'brokers', '--entity-name', '1', '--describe', '--all'], [/message\.max\.bytes=2000000 .*DYNAMIC_BROKER_CONFIG:message\.max\.bytes=2000000/, /node\.id=1 /, /log\.retention\.ms=7200000 /, /num\.partitions=6 .*STATIC_BROKER_CONFIG:num\.partitions=6/], { absent: /password=[^n\s]/ });
  await t.check('configs: what only a restart changes', 'configs', [...everyBroker, '--alter', '--add-config', 'node.id=7'], /Cannot update these configs dynamically/, { refused: true });
  await t.check('configs --delete-config of the brokers\' default', 'configs', [...everyBroker, '--alter', '--delete-config', 'log.retention.ms'], 'Completed updating default config');
  await t.check('configs --describe of all topics', 'configs', ['--entity-type', 'topics', '--describe'], 'Dynamic configs for topic configured are:');
}

async function acls(t) {
  const add = (what, args, expected) => t.check(`acls --add ${what}`, 'acls', ['--add', ...args], expected);
  await add('literal', ['--allow-principal', 'User:sa-1', '--operation', 'Read', '--topic', 'a'], [/resourceType=TOPIC, name=a, patternType=LITERAL/, /principal=User:sa-1, host=\*, operation=READ, permissionType=ALLOW/]);
  await add('prefixed, from one host, deny', ['--deny-principal', 'User:sa-2', '--deny-host', '10.0.0.1', '--operation', 'All', '--topic', 'a-', '--resource-pattern-type', 'prefixed'], [/name=a-, patternType=PREFIXED/, /host=10\.0\.0\.1, operation=ALL, permissionType=DENY/]);
  await add('--producer', ['--producer', '--allow-principal', 'User:sa-3', '--topic', 'b'], [/operation=WRITE/, /operation=DESCRIBE/, /operation=CREATE/]);
  await add('--producer with a transactional id', ['--producer', '--transactional-id', 'tx', '--allow-principal', 'User:sa-3', '--topic', 'b', '--idempotent'], /resourceType=TRANSACTIONAL_ID, name=tx/);
  await add('--consumer', ['--consumer', '--allow-principal', 'User:sa-4', '--topic', 'c', '--group', 'g'], [/resourceType=GROUP, name=g/, /resourceType=TOPIC, name=c/]);
  await add('on the cluster', ['--cluster', '--allow-principal', 'User:sa-5', '--operation', 'AlterConfigs'], /resourceType=CLUSTER, name=kafka-cluster/);
  await t.check('acls --list', 'acls', ['--list'], [/name=a, patternType=LITERAL/, /name=a-, patternType=PREFIXED/, /resourceType=TRANSACTIONAL_ID, name=tx/, /name=kafka-cluster/]);
  await t.check('acls --list of a topic', 'acls', ['--list', '--topic', 'c'], 'name=c, patternType=LITERAL', { absent: ['name=a,', 'GROUP'] });
  await t.check('acls --list of what matches a name', 'acls', ['--list', '--topic', 'a-1', '--resource-pattern-type', 'match'], 'name=a-, patternType=PREFIXED', { absent: 'name=a, ' });
  await t.check('acls --list of a principal', 'acls', ['--list', '--principal', 'User:sa-4'], ['name=c', 'name=g'], { absent: 'sa-1' });
  await t.check('acls --remove of one', 'acls', ['--remove', '--force', '--allow-principal', 'User:sa-1', '--operation', 'Read', '--topic', 'a'], [], { absent: 'sa-1' });
  await t.check('acls --remove of a resource\'s', 'acls', ['--remove', '--force', '--topic', 'a-', '--resource-pattern-type', 'prefixed']);
  await t.check('acls --remove --consumer', 'acls', ['--remove', '--force', '--consumer', '--allow-principal', 'User:sa-4', '--topic', 'c', '--group', 'g']);
  await t.check('acls --list after it', 'acls', ['--list'], 'sa-3', { absent: ['sa-1', 'sa-2', 'sa-4'] });
}

async function records(t) {
  await t.run('topics', ['--create', '--topic', 'records', '--partitions', '1']);
  const before = Date.now();
  const headed = await t.run('console-producer', ['--topic', 'records', '--reader-property', 'parse.headers=true', '--reader-property', 'parse.key=true', '--reader-property', 'null.marker=NULL'], { input: 'h1:one,h2:two\tkey-1\tvalue-1\nNULL\tkey-2\tNULL\nh3:ü\tschlüssel\twert\n' });
  report.line(headed.code === 0 && !/ERROR/.test(headed.text), `console producer with keys, headers and a null value${headed.code ? `: ${headed.text.slice(0, 400)}` : ''}`);
  const out = await t.check('console consumer prints headers, keys, null, offsets, partitions, timestamps', 'console-consumer', consume('records', 3, ['headers', 'key', 'timestamp', 'offset', 'partition'].flatMap((each) => ['--formatter-property', `print.${each}=true`])),
    [/CreateTime:\d+\tPartition:0\tOffset:0\th1:one,h2:two\tkey-1\tvalue-1/, /Offset:1\tNO_HEADERS\tkey-2\tnull/, /Offset:2\th3:ü\tschlüssel\twert/]);
  const written = Number(/CreateTime:(\d+)/.exec(out)?.[1]);
  report.line(written >= before - 1000 && written <= Date.now(), 'its timestamps are the producer\'s');
  for (const codec of CODECS) {
    await produce(t, 'records', numbered(0, 400), ['--compression-codec', codec, '--producer-property', 'enable.idempotence=true']);
  }
  await t.check('console consumer reads batches of every codec', 'console-consumer', consume('records', 2003), 'Processed a total of 2003 messages');
  await t.check('console consumer from an offset of a partition', 'console-consumer', ['--topic', 'records', '--partition', '0', '--offset', '1999', '--max-messages', '4', '--timeout-ms', '15000'], [/^v396$/m, 'Processed a total of 4 messages']);
  await t.check('console consumer read_committed', 'console-consumer', consume('records', 2003, ['--isolation-level', 'read_committed']), 'Processed a total of 2003 messages');
  await t.check('get-offsets --time -1', 'get-offsets', ['--topic', 'records', '--time', '-1'], 'records:0:2003');
  await t.check('get-offsets --time -2', 'get-offsets', ['--topic', 'records', '--time', 'earliest'], 'records:0:0');
  await t.check('get-offsets --time -3', 'get-offsets', ['--topic', 'records', '--time', '-3'], /records:0:\d{4}/);
  await t.check('get-offsets --time <ms>', 'get-offsets', ['--topic', 'records', '--time', String(written)], 'records:0:0');
  await t.check('get-offsets --time in the future', 'get-offsets', ['--topic', 'records', '--time', String(Date.now() + 3_600_000)], [], { absent: /records:0:\d/ });
  await t.check('get-offsets of partitions by a pattern', 'get-offsets', ['--topic-partitions', 'rec.*:0-1', '--exclude-internal-topics'], 'records:0:2003');
  const file = join(platform.home, 'delete-records.json');
  writeFileSync(file, JSON.stringify({ version: 1, partitions: [{ topic: 'records', partition: 0, offset: 1000 }] }));
  await t.check('delete-records', 'delete-records', ['--offset-json-file', file], 'partition: records-0\tlow_watermark: 1000');
  await t.check('get-offsets --time -2 after it', 'get-offsets', ['--topic', 'records', '--time', '-2'], 'records:0:1000');
  writeFileSync(file, JSON.stringify({ version: 1, partitions: [{ topic: 'records', partition: 0, offset: 99999 }] }));
  await t.check('delete-records past the end', 'delete-records', ['--offset-json-file', file], /error: .*The requested offset is not within the range of offsets/s, { refused: true });
  await t.check('console consumer after it', 'console-consumer', consume('records', 1003), 'Processed a total of 1003 messages');
}

async function groups(t) {
  await t.run('topics', ['--create', '--topic', 'grouped', '--partitions', '2']);
  await produce(t, 'grouped', numbered(0, 100));
  await t.check('console consumer in a group', 'console-consumer', consume('grouped', 60, ['--group', 'readers']), 'Processed a total of 60 messages');
  await t.check('groups --list', 'groups', ['--list'], /^readers$/m);
  await t.check('groups --list --state', 'groups', ['--list', '--state'], /readers\s+Empty/);
  await t.check('groups --list --type', 'groups', ['--list', '--type'], /readers\s+Classic/);
  await t.check('groups --describe: offsets and lag', 'groups', ['--describe', '--group', 'readers'], [/readers\s+grouped\s+0\s+\d+\s+\d+\s+\d+\s+-/, "Consumer group 'readers' has no active members."]);
  const member = t.start('console-consumer', ['--topic', 'grouped', '--group', 'readers', '--consumer-property', 'client.id=reader-1', '--from-beginning']);
  await until('its 40 records', 60_000, () => member.output.trim().split('\n').length >= 40).catch((error) => report.line(false, `${error.message}: ${member.output.split('\n').length} lines, ${member.errors.slice(0, 600)}`));
  await t.check('groups --describe --members --verbose', 'groups', ['--describe', '--group', 'readers', '--members', '--verbose'], /readers\s+reader-1-\S+\s+\/\S+\s+reader-1\s+2\s+.*grouped/);
  await t.check('groups --describe --state', 'groups', ['--describe', '--group', 'readers', '--state'], /readers\s+\S+\s+\(1\)\s+range\s+Stable\s+1\b/);
  await t.check('groups --delete of one that has members', 'groups', ['--delete', '--group', 'readers'], /GroupNotEmptyException|The group is not empty/, { refused: true });
  await member.stop();
  const resets = [
    ['--to-earliest', ['--to-earliest'], /readers\s+grouped\s+0\s+0\s/], ['--to-offset', ['--to-offset', '5'], /grouped\s+1\s+5\s/], ['--shift-by', ['--shift-by', '3'], /grouped\s+0\s+8\s/],
    ['--by-duration', ['--by-duration', 'PT1H'], /grouped\s+1\s+0\s/], ['--to-datetime', ['--to-datetime', '2020-01-01T00:00:00.000'], /grouped\s+0\s+0\s/], ['--to-latest', ['--to-latest'], /grouped\s+0\s+[1-9]/],
  ];
  for (const [name, args, expected] of resets) await t.check(`groups --reset-offsets ${name}`, 'groups', ['--reset-offsets', '--group', 'readers', '--topic', 'grouped', ...args, '--execute'], expected);
  await t.check('groups --reset-offsets --all-topics --dry-run', 'groups', ['--reset-offsets', '--group', 'readers', '--all-topics', '--to-earliest', '--dry-run'], /grouped\s+0\s+0/);
  await t.check('groups --describe: lag 0', 'groups', ['--describe', '--group', 'readers'], [/grouped\s+0\s+(\d+)\s+\1\s+0\s/, /grouped\s+1\s+(\d+)\s+\1\s+0\s/]);
  await t.check('groups --delete-offsets', 'groups', ['--delete-offsets', '--group', 'readers', '--topic', 'grouped:1'], [/Request succeed/, /grouped\s+1\s+Successful/]);
  await t.check('groups --describe after it', 'groups', ['--describe', '--group', 'readers'], /grouped\s+0/, { absent: /grouped\s+1/ });
  await t.check('groups --delete', 'groups', ['--delete', '--group', 'readers'], "Deletion of requested consumer groups ('readers') was successful.");
  await t.check('groups --delete of what is not there', 'groups', ['--delete', '--group', 'readers'], /GroupIdNotFoundException|group id does not exist|does not exist/i, { refused: true });
  await t.check('groups --describe of what is not there', 'groups', ['--describe', '--group', 'readers'], /Consumer group 'readers' does not exist|not found/, { refused: true });
  // Two that stay, for the dump.
  await t.run('console-consumer', consume('grouped', 30, ['--group', 'stays']));
}

async function cluster(t) {
  await t.check('broker-api-versions', 'api-versions', [], [/\(id: 1 rack: null isFenced: false\) -> \(/, /Produce\(0\): 0 to 13/, /Fetch\(1\): 4 to 18/, /ApiVersions\(18\): 0 to 4/], { absent: /UNKNOWN\(/ });
  const address = ['--bootstrap-server', connection.bootstrap, '--config', connection.config];
  await t.check('cluster cluster-id', 'cluster', ['cluster-id', ...address], /Cluster ID: [\w-]{22}/, { offline: true });
  await t.check('cluster list-endpoints', 'cluster', ['list-endpoints', ...address], /1\s+localhost\s+\d+\s+null\s+unfenced\s+broker/i, { offline: true });
}

async function operations(t) {
  await t.run('topics', ['--create', '--topic', 'placed', '--partitions', '2']);
  await produce(t, 'placed', numbered(0, 20), ['--producer-property', 'enable.idempotence=true']);
  await t.check('log-dirs --describe', 'log-dirs', ['--describe', '--topic-list', 'placed'], [/"broker":1/, /"partition":"placed-1"/, /"size":[1-9]/, /"isFuture":false/, /"error":null/]);
  await t.check('log-dirs --describe of all', 'log-dirs', ['--describe', '--broker-list', '1'], [/"logDir":"\/.*data"/, /"partition":"placed-0"/]);
  await t.check('leader-election --election-type preferred: none needed', 'leader-election', ['--election-type', 'preferred', '--topic', 'placed', '--partition', '0'], 'Valid replica already elected for partitions placed-0');
  await t.check('leader-election --all-topic-partitions', 'leader-election', ['--election-type', 'preferred', '--all-topic-partitions']);
  await t.check('leader-election --election-type unclean: none needed', 'leader-election', ['--election-type', 'unclean', '--topic', 'placed', '--partition', '1'], 'Valid replica already elected for partitions placed-1');
  await t.check('leader-election of what is not there', 'leader-election', ['--election-type', 'preferred', '--topic', 'nowhere', '--partition', '0'], /nowhere-0/, { refused: true });
  const file = join(platform.home, 'reassignment.json');
  const plan = (replicas) => writeFileSync(file, JSON.stringify({ version: 1, partitions: [0, 1].map((partition) => ({ topic: 'placed', partition, replicas })) }));
  writeFileSync(file, JSON.stringify({ version: 1, topics: [{ topic: 'placed' }] }));
  await t.check('reassign-partitions --generate', 'reassign-partitions', ['--generate', '--topics-to-move-json-file', file, '--broker-list', '1'], [/Current partition replica assignment/, /Proposed partition reassignment configuration/, /"replicas":\[1\]/]);
  plan([1]);
  const plan1 = ['--reassignment-json-file', file];
  await t.check('reassign-partitions --execute', 'reassign-partitions', ['--execute', ...plan1], 'Successfully started partition reassignments for placed-0,placed-1');
  await t.check('reassign-partitions --verify', 'reassign-partitions', ['--verify', ...plan1], [/Reassignment of partition placed-0 is completed/, /Reassignment of partition placed-1 is completed/]);
  await t.check('reassign-partitions --list', 'reassign-partitions', ['--list'], 'No partition reassignments found.');
  await t.check('reassign-partitions --cancel of what is not under way', 'reassign-partitions', ['--cancel', ...plan1], 'None of the specified partition reassignments are active.');
  plan([9]);
  await t.check('reassign-partitions --execute to nobody', 'reassign-partitions', ['--execute', ...plan1], /broker.*9/i, { refused: true });
  await t.check('metadata-quorum describe --status', 'metadata-quorum', ['describe', '--status'], [/ClusterId:\s+[\w-]{22}/, /LeaderId:\s+1\b/, /LeaderEpoch:\s+[1-9]/, /HighWatermark:\s+[1-9]/, /MaxFollowerLag:\s+0\b/, /CurrentVoters:\s+\[\{"id": 1, "directoryId": "[\w-]{22}", "endpoints": \["CONTROLLER:\/\//, /CurrentObservers:\s+\[\]/]);
  await t.check('metadata-quorum describe --replication', 'metadata-quorum', ['describe', '--replication'], /^1\s+[\w-]{22}\s+\d+\s+0\s+\d+\s+\d+\s+Leader/m);
  await t.check('transactions describe-producers', 'transactions', ['describe-producers', '--topic', 'placed', '--partition', '0'], /ProducerId\s+ProducerEpoch\s+LatestCoordinatorEpoch/);
}

async function inLanes(jobs, count) {
  const waiting = [...jobs];
  await Promise.all(Array.from({ length: count }, async () => { while (waiting.length) await waiting.shift()(); }));
}

const missing = installers.java();
if (missing) { report.skipped(missing); process.exit(0); }
const began = performance.now();
const platform = new Platform(await newHome());
let connection;
try {
  await platform.start();
  const environment = await platform.environment();
  const made = await platform.cluster(environment);
  const key = await platform.clusterKey(made, environment, platform.admin.userId);
  connection = secureConnection(made.spec.kafka_bootstrap_endpoint, key, platform.admin.caFile);
  const t = toolsFor(connection, report);
  const only = process.argv.slice(2);
  const subjects = { groups, topics, records, configs, acls, operations, cluster };
  const lane = ([name, run]) => async () => { try { await run(t); } catch (error) { report.line(false, `${name}: ${error.stack}`); } };
  await inLanes(Object.entries(subjects).filter(([name]) => only.length === 0 || only.includes(name)).map(lane), 2);
  const pid = brokerPid(made);
  await platform.signal('SIGTERM');
  process.kill(pid, 'SIGTERM');
  await until('end of the broker', 30_000, () => brokerPid(made) === null);
  const figures = await checkDumps(t, report, join(platform.home, 'clusters', made.id, 'node-1', 'data'), only.length ? {} : {
    metadata: [/"type":"TOPIC_RECORD"/, /"type":"CONFIG_RECORD"/, /"type":"ACCESS_CONTROL_ENTRY_RECORD"/, /"type":"REMOVE_TOPIC_RECORD"/, /LeaderChange|LEADER_CHANGE/],
    offsets: [/"group":"stays"/, /"topic":"grouped"/], data: [/payload: v399/, /compresscodec: zstd/, /compresscodec: lz4/, /compresscodec: snappy/, /compresscodec: gzip/],
  });
  console.log(`  ${lines.held} of ${lines.all} checks; ${figures.files} files with ${figures.records} records dumped; ${Math.round((performance.now() - began) / 1000)} s`);
} finally {
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
  if (connection) rmSync(dirname(connection.config), { recursive: true, force: true });
}
report.end();
