import { equal, must, needs } from '../context.mjs';

const query = (acl) => new URLSearchParams(acl).toString();

export const acls = [
  {
    title: 'ACLs: made, found by filter, deleted',
    async run(context) {
      const account = await context.account('subject');
      const acl = { resource_type: 'TOPIC', resource_name: context.name('acl'), pattern_type: 'PREFIXED', principal: `User:${account.id}`, host: '*', operation: 'READ', permission: 'ALLOW' };
      await context.ok('POST', '/acls', acl);
      await context.ok('POST', '/acls:batch', { data: [{ ...acl, operation: 'WRITE' }, { ...acl, operation: 'DESCRIBE', permission: 'DENY' }] });
      const found = (await context.ok('GET', `/acls?principal=${encodeURIComponent(acl.principal)}`)).data;
      equal(found.map(({ operation, permission }) => `${permission} ${operation}`).sort(), ['ALLOW READ', 'ALLOW WRITE', 'DENY DESCRIBE'], 'ACLs of the principal');
      const deleted = await context.ok('DELETE', `/acls?${query({ resource_type: 'TOPIC', pattern_type: 'ANY', operation: 'ANY', permission: 'ALLOW', principal: acl.principal })}`);
      equal(deleted.data.length, 2, 'deleted');
      equal((await context.ok('GET', `/acls?${query({ principal: acl.principal })}`)).data.length, 1, 'left');
    },
  },
  {
    title: 'ACLs: nothing is allowed without one — over HTTP with a key of the cluster',
    needs: needs.keys,
    async run(context) {
      const topic = await context.topic('closed');
      const nobody = await context.subject('nobody');
      const { key } = nobody;
      equal((await context.ok('GET', '/topics', undefined, key)).data.filter((each) => each.topic_name === topic), [], 'topics that it sees');
      await context.refused([403, 40301], 'GET', `/topics/${topic}`, undefined, key);
      await context.refused([403, 40301], 'POST', '/topics', { topic_name: context.name('x'), partitions_count: 1, replication_factor: 1 }, key);
      await context.allow(nobody, 'TOPIC', topic, 'DESCRIBE');
      await context.until('the topic with DESCRIBE', 5_000, async () => (await context.rest('GET', `/topics/${topic}`, undefined, key)).status === 200);
    },
  },
  {
    title: 'ACLs: clients without one are refused with Kafka\'s code',
    needs: needs.all(needs.keys, needs.client('python')),
    async run(context) {
      const topic = await context.topic('forbidden');
      const outsider = await context.subject('outsider');
      for (const [type, name, operation] of [['TOPIC', 'elsewhere', 'WRITE'], ['TOPIC', topic, 'DESCRIBE'], ['GROUP', '*', 'READ']]) await context.allow(outsider, type, name, operation);
      const client = context.clients.find((each) => each.id === 'python');
      const said = await client.refused(context.target(outsider.key), { topic, group: context.name('forbidden') });
      for (const side of ['write', 'read']) must(client.codes[side].test(said[side]), `${side}: ${said[side].trim().slice(0, 300) || 'not refused'}`);
    },
  },
  {
    title: 'roles: CloudClusterAdmin is bound by no ACL, until it is taken away',
    needs: needs.ownKeys,
    async run(context) {
      const topic = await context.topic('administered');
      const account = await context.account('administrator');
      const key = await context.key(account);
      const binding = await context.platform.call('POST', '/iam/v2/role-bindings', { principal: `User:${account.id}`, role_name: 'CloudClusterAdmin', crn_pattern: context.cluster.metadata.resource_name });
      await context.until('the role', 5_000, async () => (await context.rest('GET', `/topics/${topic}`, undefined, key)).status === 200);
      await context.platform.call('DELETE', `/iam/v2/role-bindings/${binding.id}`);
      await context.until('the role\'s end', 5_000, async () => (await context.rest('GET', `/topics/${topic}`, undefined, key)).status === 403);
    },
  },
];
