import { runClient } from '../../compat/clients/process.mjs';
import { equal, must, needs } from '../context.mjs';
import { RETENTION_CHECK } from '../engines.mjs';

const kcatSettings = ({ bootstrap, caFile, key, mechanism }) => ['-b', bootstrap, '-X', 'security.protocol=sasl_ssl', '-X', `ssl.ca.location=${caFile}`, '-X', `sasl.mechanisms=${mechanism}`, '-X', `sasl.username=${key.apiKey}`, '-X', `sasl.password=${key.apiSecret}`];
const COMPACTED_WITHIN_MS = 120_000;
const RETAINED_AT_MOST_MS = 120_000;

export const configs = [
  {
    title: 'broker configs: set for the whole cluster, shown with their source, reset',
    async run(context) {
      const path = '/broker-configs/log.retention.ms';
      await context.ok('PUT', path, { value: '7200000' });
      const set = await context.ok('GET', path);
      equal([set.value, set.source], ['7200000', 'DYNAMIC_DEFAULT_BROKER_CONFIG'], 'after it was set');
      const topic = await context.topic('inherits');
      equal((await context.ok('GET', `/topics/${topic}/configs/retention.ms`)).value, '7200000', 'a topic that inherits it');
      await context.ok('DELETE', path);
      await context.until('the default again', 5_000, async () => (await context.ok('GET', `/topics/${topic}/configs/retention.ms`)).value !== '7200000');
      await context.refused([400, 40002], 'PUT', path, { value: 'long' });
    },
  },
  {
    title: 'broker configs: of each broker, all of them read',
    async run(context) {
      for (const { broker_id: id } of (await context.ok('GET', '/brokers')).data) {
        const { data } = await context.ok('GET', `/brokers/${id}/configs`);
        must(data.length > 50, `broker ${id} tells only ${data.length}`);
        equal((await context.ok('GET', `/brokers/${id}/configs/message.max.bytes`)).name, 'message.max.bytes', `one of broker ${id}`);
        must(data.every((each) => !each.is_sensitive || each.value === null), 'a secret is shown');
      }
    },
  },
  {
    title: 'max.message.bytes: takes effect at once',
    needs: needs.all(needs.keys, needs.client('kcat')),
    async run(context) {
      const topic = await context.topic('small');
      const { key } = await context.writer(topic);
      const send = (bytes) => runClient('kcat', ['-P', ...kcatSettings(context.target(key)), '-X', 'message.timeout.ms=8000', '-t', topic], { input: `${'x'.repeat(bytes)}\n`, timeoutMs: 30_000 });
      equal((await send(5_000)).code, 0, 'before');
      await context.ok('PUT', `/topics/${topic}/configs/max.message.bytes`, { value: '1000' });
      await context.until('refusal', 10_000, async () => /too large/i.test((await send(5_000)).stderr));
      equal((await send(500)).code, 0, 'a smaller one');
    },
  },
  {
    title: 'retention: takes what is too old',
    needs: needs.all(needs.keys, needs.client('kcat'), ({ cluster }) => (cluster.spec.config.sluice.configs?.[RETENTION_CHECK] ? null : 'it looks every five minutes, and takes no settings of one\'s own (configs_max)')),
    async run(context) {
      const topic = await context.topic('expires', { configs: [{ name: 'retention.ms', value: '1000' }] });
      const { key } = await context.writer(topic);
      const target = context.target(key);
      const began = performance.now();
      await context.client.produce(target, { topic, codec: 'none', records: Array.from({ length: 50 }, (_, index) => ({ key: 'k', value: `v${index}` })) });
      const read = async () => (await runClient('kcat', ['-C', ...kcatSettings(target), '-t', topic, '-e', '-q', '-f', '%o\n'])).stdout.trim();
      must((await read()).length > 0 || performance.now() - began > 1_000, 'nothing was written');
      await context.until('empty log', RETAINED_AT_MOST_MS, async () => (await read()) === '', 1_000);
      return `50 records gone after ${Math.round((performance.now() - began) / 1000)} s`;
    },
  },
  {
    title: 'compaction: keeps the last value of each key',
    needs: needs.all(needs.keys, needs.client('kcat')),
    async run(context) {
      const topic = await context.topic('table', { configs: [{ name: 'cleanup.policy', value: 'compact' }, { name: 'min.cleanable.dirty.ratio', value: '0.01' }, { name: 'segment.ms', value: '1000' }, { name: 'max.compaction.lag.ms', value: '1000' }, { name: 'delete.retention.ms', value: '100' }] });
      const { key } = await context.writer(topic);
      const target = context.target(key);
      const produce = (records) => context.client.produce(target, { topic, codec: 'none', records });
      const began = performance.now();
      await produce(Array.from({ length: 300 }, (_, index) => ({ key: `k${index % 3}`, value: `v${index}` })));
      const read = async () => (await runClient('kcat', ['-C', ...kcatSettings(target), '-t', topic, '-e', '-q', '-f', '%k=%s\n'])).stdout.trim().split('\n');
      const left = await context.until('compacted log', COMPACTED_WITHIN_MS, async () => {
        // What stays in the segment that is written to isn't compacted: another record begins the next.
        await produce([{ key: 'roll', value: 'x' }]);
        const found = (await read()).filter((each) => !each.startsWith('roll='));
        return found.length <= 3 ? found : null;
      }, 2_000);
      equal(left.sort(), ['k0=v297', 'k1=v298', 'k2=v299'], 'what is left');
      return `300 records to 3 in ${Math.round((performance.now() - began) / 1000)} s`;
    },
  },
];
