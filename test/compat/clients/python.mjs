import { fileURLToPath } from 'node:url';
import { installers, python as interpreter } from '../../../tools/clients/install.mjs';
import { mustSucceed, parseRecords, runClient } from './process.mjs';

const script = fileURLToPath(new URL('./confluent_client.py', import.meta.url));
const environment = ({ bootstrap, key, caFile, mechanism }) => ({ BOOTSTRAP: bootstrap, API_KEY: key.apiKey, API_SECRET: key.apiSecret, CA_FILE: caFile, MECHANISM: mechanism });

export const python = {
  name: 'confluent-kafka (Python)', codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'], unavailable: installers.python,
  async produce(target, { topic, codec, records }) {
    const input = records.map(({ key, value }) => `${key}:${value}\n`).join('');
    mustSucceed('python produce', await runClient(interpreter, [script, 'produce', topic, codec], { input, env: environment(target) }));
  },
  async consume(target, { topic, group, count }) {
    return parseRecords(mustSucceed('python consume', await runClient(interpreter, [script, 'consume', topic, group, String(count)], { env: environment(target) })).stdout);
  },
  /** What the topic holds now, without a group: to the end of every partition, however many records that are. */
  async readAll(target, topic) {
    return parseRecords(mustSucceed('python read', await runClient(interpreter, [script, 'read', topic], { env: environment(target) })).stdout);
  },
  async refused(target, { topic, group }) {
    const write = await runClient(interpreter, [script, 'produce', topic, 'none'], { input: 'k:x\n', env: environment(target) });
    const read = await runClient(interpreter, [script, 'consume', topic, group, '1'], { env: environment(target) });
    return { write: `${write.stdout}${write.stderr}`, read: `${read.stdout}${read.stderr}` };
  },
  codes: { write: /TOPIC_AUTHORIZATION_FAILED/, read: /TOPIC_AUTHORIZATION_FAILED/ },
};
