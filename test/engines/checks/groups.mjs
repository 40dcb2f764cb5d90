import { spawn } from 'node:child_process';
import { equal, must, needs } from '../context.mjs';

const settings = ({ bootstrap, caFile, key, mechanism }) => ['-b', bootstrap, ...['security.protocol=sasl_ssl', `ssl.ca.location=${caFile}`, `sasl.mechanisms=${mechanism}`, `sasl.username=${key.apiKey}`, `sasl.password=${key.apiSecret}`, 'auto.offset.reset=earliest'].flatMap((each) => ['-X', each])];

export const groups = [
  {
    title: 'groups: members with what they own, lag, and empty once they have left',
    needs: needs.all(needs.keys, needs.client('kcat')),
    async run(context) {
      const topic = await context.topic('watched', { partitions_count: 2 });
      const { key } = await context.writer(topic);
      const group = context.name('watchers');
      const records = Array.from({ length: 20 }, (_, index) => ({ key: `k${index}`, value: `v${index}` }));
      await context.client.produce(context.target(key), { topic, codec: 'none', records });
      const consumer = spawn('kcat', ['-G', group, ...settings(context.target(key)), '-q', topic], { stdio: 'ignore' });
      try {
        const read = () => context.rest('GET', `/consumer-groups/${group}`).then(({ body }) => body);
        const stable = await context.until('STABLE group', 30_000, async () => { const found = await read(); return found?.state === 'STABLE' ? found : null; });
        equal([stable.consumer_group_id, stable.type, stable.is_simple], [group, 'CLASSIC', false], 'the group');
        const members = (await context.ok('GET', `/consumer-groups/${group}/consumers`)).data;
        equal(members.length, 1, 'members');
        const owned = (await context.ok('GET', `/consumer-groups/${group}/consumers/${encodeURIComponent(members[0].consumer_id)}/assignments`)).data;
        equal(owned.map((each) => `${each.topic_name}-${each.partition_id}`).sort(), [`${topic}-0`, `${topic}-1`], 'partitions that it owns');
        must((await context.ok('GET', '/consumer-groups')).data.some((each) => each.consumer_group_id === group), 'it is not in the list');
        await context.until('committed offsets at the end', 30_000, async () => (await context.rest('GET', `/consumer-groups/${group}/lag-summary`)).body?.total_lag === 0);
      } finally {
        const gone = new Promise((resolve) => consumer.once('exit', resolve));
        consumer.kill('SIGTERM');
        await gone;
      }
      await context.until('EMPTY group', 30_000, async () => (await context.ok('GET', `/consumer-groups/${group}`)).state === 'EMPTY');
      await context.client.produce(context.target(key), { topic, codec: 'none', records: records.slice(0, 7) });
      const lags = (await context.ok('GET', `/consumer-groups/${group}/lags`)).data;
      equal(lags.reduce((sum, row) => sum + row.lag, 0), 7, 'lag after seven more');
      return 'lag 0, then 7';
    },
  },
  {
    title: 'groups: one that isn\'t there is not found',
    async run(context) { await context.refused([404, 40403], 'GET', `/consumer-groups/${context.name('nowhere')}`); },
  },
];
