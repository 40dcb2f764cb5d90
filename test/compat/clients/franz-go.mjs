import { franzGo as program, installers } from '../../../tools/clients/install.mjs';
import { mustSucceed, parseRecords, runClient } from './process.mjs';

const environment = ({ bootstrap, key, caFile, mechanism }) => ({ BOOTSTRAP: bootstrap, API_KEY: key.apiKey, API_SECRET: key.apiSecret, CA_FILE: caFile, MECHANISM: mechanism });

export const franz = {
  name: 'franz-go', codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'], unavailable: installers.franzGo,
  async produce(target, { topic, codec, records }) {
    const input = records.map(({ key, value }) => `${key}:${value}\n`).join('');
    mustSucceed('franz-go produce', await runClient(program, ['produce', topic, codec], { input, env: environment(target) }));
  },
  async consume(target, { topic, group, count }) {
    return parseRecords(mustSucceed('franz-go consume', await runClient(program, ['consume', topic, group, String(count)], { env: environment(target) })).stdout);
  },
  async refused(target, { topic, group }) {
    const write = await runClient(program, ['produce', topic, 'none'], { input: 'k:x\n', env: environment(target) });
    const read = await runClient(program, ['consume', topic, group, '1'], { env: environment(target) });
    return { write: `${write.stdout}${write.stderr}`, read: `${read.stdout}${read.stderr}` };
  },
  codes: { write: /TOPIC_AUTHORIZATION_FAILED/, read: /TOPIC_AUTHORIZATION_FAILED/ },
};
