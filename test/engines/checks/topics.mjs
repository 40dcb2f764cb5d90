import { equal, must } from '../context.mjs';

const configOf = (list, name) => list.data.find((each) => each.name === name);

export const topics = [
  {
    title: 'topics: created as asked, described, listed',
    async run(context) {
      const name = context.name('made');
      const made = await context.ok('POST', '/topics', { topic_name: name, partitions_count: 3, replication_factor: context.replicas, configs: [{ name: 'retention.ms', value: '86400000' }] });
      equal([made.topic_name, made.partitions_count, made.replication_factor], [name, 3, context.replicas], 'the answer');
      const read = await context.ok('GET', `/topics/${name}`);
      equal([read.partitions_count, read.replication_factor, read.is_internal], [3, context.replicas, false], 'as read');
      must((await context.ok('GET', '/topics')).data.some((each) => each.topic_name === name), 'it is not in the list');
      const config = await context.ok('GET', `/topics/${name}/configs/retention.ms`);
      equal([config.value, config.source, config.is_default], ['86400000', 'DYNAMIC_TOPIC_CONFIG', false], 'its config');
      return `3 partitions × ${context.replicas} replicas`;
    },
  },
  {
    title: 'topics: a mere validation makes nothing',
    async run(context) {
      const name = context.name('checked');
      equal((await context.rest('POST', '/topics', { topic_name: name, partitions_count: 2, replication_factor: 1, validate_only: true })).status, 200, 'status');
      await context.refused([404, 40403], 'GET', `/topics/${name}`);
    },
  },
  {
    title: 'topics: refused with a reason — there already, bad name, too many replicas, unknown config',
    async run(context) {
      const name = await context.topic('there');
      const post = (body) => context.refused([400, 40002], 'POST', '/topics', body);
      must(/exists/.test(await post({ topic_name: name, partitions_count: 1, replication_factor: 1 })), 'nothing of "exists" in the message');
      await post({ topic_name: 'a b', partitions_count: 1, replication_factor: 1 });
      await post({ topic_name: context.name('many'), partitions_count: 1, replication_factor: context.brokers + 1 });
      await post({ topic_name: context.name('odd'), partitions_count: 1, replication_factor: 1, configs: [{ name: 'no.such.config', value: '1' }] });
    },
  },
  {
    title: 'topics: partitions grow and never shrink',
    async run(context) {
      const name = await context.topic('grows', { partitions_count: 2 });
      equal((await context.ok('PATCH', `/topics/${name}`, { partitions_count: 5 })).partitions_count, 5, 'partitions');
      await context.refused([400, 40002], 'PATCH', `/topics/${name}`, { partitions_count: 3 });
      equal((await context.ok('GET', `/topics/${name}/partitions`)).data.length, 5, 'partitions listed');
    },
  },
  {
    title: 'topic configs: set, changed together or not at all, reset',
    async run(context) {
      const name = await context.topic('configured');
      const before = await context.ok('GET', `/topics/${name}/configs/retention.ms`);
      await context.ok('POST', `/topics/${name}/configs:alter`, { data: [{ name: 'retention.ms', value: '3600000' }, { name: 'max.message.bytes', value: '2000' }] });
      const list = await context.ok('GET', `/topics/${name}/configs`);
      equal([configOf(list, 'retention.ms').value, configOf(list, 'max.message.bytes').value], ['3600000', '2000'], 'after the change');
      await context.refused([400, 40002], 'POST', `/topics/${name}/configs:alter`, { data: [{ name: 'retention.ms', value: '1' }, { name: 'segment.ms', value: 'soon' }] });
      equal((await context.ok('GET', `/topics/${name}/configs/retention.ms`)).value, '3600000', 'after a refused change');
      await context.ok('DELETE', `/topics/${name}/configs/retention.ms`);
      const after = await context.ok('GET', `/topics/${name}/configs/retention.ms`);
      equal([after.value, after.source], [before.value, before.source], 'after the reset');
      equal((await context.ok('GET', `/topics/${name}/default-configs`)).data.find((each) => each.name === 'max.message.bytes').source === 'DYNAMIC_TOPIC_CONFIG', false, 'a default that is set');
    },
  },
  {
    title: 'topics: deleted, and gone',
    async run(context) {
      const name = await context.topic('goes');
      await context.ok('DELETE', `/topics/${name}`);
      await context.refused([404, 40403], 'GET', `/topics/${name}`);
      await context.refused([404, 40403], 'DELETE', `/topics/${name}`);
    },
  },
];
