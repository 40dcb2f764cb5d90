import { execFileSync } from 'node:child_process';
import { equal, needs } from '../context.mjs';

const RECORDS = Array.from({ length: 200 }, (_, index) => ({ key: `key-${index % 17}`, value: `v-${index}` }));

/** librdkafka before 2.6.1 sends its half of SCRAM's nonce twice, which Kafka 4 refuses (CVE-2024-56128). */
function scramOfKcat({ cluster }) {
  const [, ...found] = /librdkafka (\d+)\.(\d+)\.(\d+)/.exec(execFileSync('kcat', ['-V']).toString()) ?? [];
  const [major, minor, patch] = found.map(Number);
  const isMended = found.length === 0 || major > 2 || (major === 2 && (minor > 6 || (minor === 6 && patch >= 1)));
  const { version } = cluster.spec.config.sluice;
  return isMended || version === undefined || Number(version.split('.')[0]) < 4 ? null : `this kcat's librdkafka ${found.join('.')} has a fault in SCRAM that Kafka ${version} doesn't forgive`;
}

function exchange(id, { mechanism, codecs, condition = () => null }) {
  return {
    title: `records: ${id}${mechanism ? `, ${mechanism}` : ''}${codecs ? `, ${codecs.join(' ')}` : ''}: each once, in order, the group at lag 0`,
    needs: needs.all(needs.keys, needs.client(id), mechanism ? needs.mechanism(mechanism) : () => null, condition),
    async run(context) {
      const client = context.clients.find((each) => each.id === id);
      for (const codec of codecs ?? ['none']) {
        const topic = await context.topic(`${id}-${codec}`, { partitions_count: 3 });
        const { key } = await context.writer(topic);
        const group = context.name('readers');
        await client.produce(context.target(key, mechanism), { topic, codec, records: RECORDS });
        const found = await client.consume(context.target(key, mechanism), { topic, group, count: RECORDS.length });
        equal(found.map(({ value }) => value).sort(), RECORDS.map(({ value }) => value).sort(), `${codec}: records`);
        for (const partition of [0, 1, 2]) {
          const offsets = found.filter((each) => each.partition === partition).map(({ offset }) => offset);
          equal(offsets, offsets.map((_, index) => index), `${codec}: offsets of partition ${partition}`);
        }
        await context.until(`lag 0 of ${group}`, 15_000, async () => (await context.ok('GET', `/consumer-groups/${group}/lag-summary`)).total_lag === 0);
      }
    },
  };
}

export const records = [
  exchange('kcat', { codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'] }),
  exchange('kcat', { mechanism: 'SCRAM-SHA-256', condition: scramOfKcat }),
  exchange('python', { mechanism: 'SCRAM-SHA-256' }),
  exchange('python', { mechanism: 'SCRAM-SHA-512', codecs: ['zstd'] }),
  exchange('java', { codecs: ['lz4'] }),
];
