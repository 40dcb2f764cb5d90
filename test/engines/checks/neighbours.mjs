// Two clusters of one engine at once, on one platform: what one has is nothing to the other. Where they share a service beside the brokers, also there.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { equal, must } from '../context.mjs';

const ASKED_WITHIN_MS = 60_000;
const view = async (context) => (await context.platform.call('GET', `/sluice/v1/clusters/${context.cluster.id}`)).status;
const directoryOf = ({ platform, cluster }) => join(platform.home, 'clusters', cluster.id);

/** A line of a broker's own settings. */
function setting(context, name) {
  const properties = readFileSync(join(directoryOf(context), 'node-1', 'server.properties'), 'utf8');
  return properties.split('\n').find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1).replaceAll('\\', '') ?? null;
}

/** Asks ZooKeeper with the login that this cluster's brokers have. */
function askZooKeeper(context, version, command) {
  const java = join(process.env.SLUICE_JAVA_HOME ?? process.env.JAVA_HOME ?? '', 'bin', 'java');
  const program = process.env.SLUICE_JAVA_HOME || process.env.JAVA_HOME ? java : 'java';
  const [servers] = setting(context, 'zookeeper.connect').split('/');
  const { stdout, stderr } = spawnSync(program, [
    `-Djava.security.auth.login.config=${join(directoryOf(context), 'zookeeper.jaas')}`, '-cp', join(context.platform.env.SLUICE_KAFKA_DIR, version, 'libs', '*'),
    'org.apache.zookeeper.ZooKeeperMain', '-server', servers, ...command.split(' '),
  ], { encoding: 'utf8', timeout: ASKED_WITHIN_MS });
  return `${stdout}\n${stderr}`;
}

const topicsOf = async (context, key) => (await context.ok('GET', '/topics', undefined, key)).data.map((each) => each.topic_name);

/** Checks of two contexts; `needs` is asked of both. */
export const neighbours = [
  {
    title: 'two clusters at once: topics of one are not the other\'s, nor are settings',
    async run(one, other) {
      const [mine, yours, both] = [one.name('mine'), one.name('yours'), one.name('both')];
      await one.ok('POST', '/topics', { topic_name: mine, partitions_count: 1, replication_factor: 1 });
      await other.ok('POST', '/topics', { topic_name: yours, partitions_count: 1, replication_factor: 1 });
      for (const [context, partitions] of [[one, 2], [other, 5]]) await context.ok('POST', '/topics', { topic_name: both, partitions_count: partitions, replication_factor: 1, configs: [{ name: 'retention.ms', value: `${partitions}00000` }] });
      const [seenByOne, seenByOther] = [await topicsOf(one), await topicsOf(other)];
      equal([seenByOne.includes(mine), seenByOne.includes(yours), seenByOther.includes(mine), seenByOther.includes(yours)], [true, false, false, true], 'who sees which');
      for (const [context, partitions] of [[one, 2], [other, 5]]) {
        equal([(await context.ok('GET', `/topics/${both}`)).partitions_count, (await context.ok('GET', `/topics/${both}/configs/retention.ms`)).value], [partitions, `${partitions}00000`], `${both} of ${context.cluster.id}`);
      }
    },
  },
  {
    title: 'two clusters at once: keys and ACLs of one open nothing in the other',
    async run(one, other) {
      const topic = await one.topic('guarded');
      const { key } = await one.writer(topic);
      equal(await one.loginProblem(key), null, 'the login at its own cluster');
      must(await other.loginProblem(key) !== null, 'the other cluster lets its key in');
      must((await other.rest('GET', '/topics', undefined, key)).status >= 401, 'the other cluster answers its key over HTTP');
      equal((await other.ok('GET', '/acls')).data.filter(({ resource_name: name }) => name === topic), [], 'ACLs in the other cluster');
    },
  },
  {
    title: 'two clusters at once: one ensemble, a znode each, closed to the other\'s brokers',
    needs: ({ services }) => (services.length > 0 ? null : 'they share no service beside the brokers'),
    async run(one, other) {
      const servers = async (context) => (await view(context)).services.map(({ name, nodes }) => [name, nodes.map(({ pid, state }) => [pid, state])]);
      const shared = await servers(one);
      equal(await servers(other), shared, 'servers of the ensemble, as each cluster tells them');
      const [connectOne, connectOther] = [one, other].map((context) => setting(context, 'zookeeper.connect'));
      const znode = (connect) => connect.slice(connect.indexOf('/'));
      equal([connectOne, connectOther].map((each) => each.split('/')[0]).every((each, _, [first]) => each === first), true, 'the same servers');
      equal([znode(connectOne), znode(connectOther)], [`/sluice/${one.cluster.id}`, `/sluice/${other.cluster.id}`], 'znodes');
      const { version } = one.cluster.spec.config.sluice;
      for (const [own, foreign] of [[one, other], [other, one]]) {
        must(askZooKeeper(own, version, `ls /sluice/${own.cluster.id}/brokers/ids`).includes('[1'), 'its own brokers can\'t be read');
        for (const asked of [`ls /sluice/${foreign.cluster.id}/brokers/topics`, 'ls /sluice', `create /sluice/${foreign.cluster.id}/planted x`]) {
          const said = askZooKeeper(own, version, asked);
          must(/Insufficient permission|NoAuth/.test(said), `${asked} with the other's login: ${said.trim().slice(-200)}`);
        }
      }
      return `${shared.map(([name, nodes]) => `${name} of ${nodes.length}`).join()}, ${znode(connectOne)} and ${znode(connectOther)}`;
    },
  },
  {
    title: 'two clusters at once: each runs from directories and processes of its own',
    async run(one, other) {
      const [pids, otherPids] = [(await view(one)).brokers.map(({ pid }) => pid), (await view(other)).brokers.map(({ pid }) => pid)];
      equal(pids.filter((pid) => otherPids.includes(pid)), [], 'shared processes');
      must(readdirSync(directoryOf(one)).length > 0 && readdirSync(directoryOf(other)).length > 0, 'a cluster without files');
      return `${pids.length} and ${otherPids.length} brokers`;
    },
  },
  {
    title: 'a cluster of the platform\'s own can\'t be attached as well',
    async run(one) {
      const { platform, environment, cluster } = one;
      const account = await one.account('attaching');
      const key = await one.key(account);
      await platform.call('POST', '/iam/v2/role-bindings', { principal: `User:${account.id}`, role_name: 'CloudClusterAdmin', crn_pattern: cluster.metadata.resource_name });
      const [{ id }] = (await platform.call('GET', '/org/v2/organizations')).data;
      const answer = await one.api('POST', '/sluice/v1/attached-clusters', {
        organization_id: id, environment_id: environment.id, display_name: one.name('twice'), bootstrap_servers: one.bootstrap.split(','), security_protocol: 'SASL_SSL',
        mechanism: 'PLAIN', username: key.apiKey, password: key.apiSecret, ca_pem: readFileSync(one.caFile, 'utf8'),
      });
      equal([answer.status, answer.body.errors?.[0].code], [409, 'resource_already_exists'], JSON.stringify(answer.body));
      return answer.body.errors[0].detail;
    },
  },
];
