import { installers } from '../../../tools/clients/install.mjs';
import { mustSucceed, parseRecords, runClient } from './process.mjs';

const settings = ({ bootstrap, key, caFile, mechanism }) => [
  '-b', bootstrap, '-X', 'security.protocol=sasl_ssl', '-X', `ssl.ca.location=${caFile}`, '-X', `sasl.mechanisms=${mechanism}`, '-X', `sasl.username=${key.apiKey}`, '-X', `sasl.password=${key.apiSecret}`,
];

export const kcat = {
  name: 'kcat', codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'], unavailable: installers.kcat,
  async produce(target, { topic, codec, records }) {
    const input = records.map(({ key, value }) => `${key}:${value}\n`).join('');
    mustSucceed('kcat -P', await runClient('kcat', ['-P', ...settings(target), '-X', 'enable.idempotence=true', '-X', 'message.timeout.ms=60000', '-z', codec, '-K:', '-t', topic], { input }));
  },
  async consume(target, { topic, group, count }) {
    const args = ['-G', group, ...settings(target), '-X', 'auto.offset.reset=earliest', '-u', '-c', String(count), '-f', '%p %o %s\n', topic];
    return parseRecords(mustSucceed('kcat -G', await runClient('kcat', args)).stdout);
  },
  /** What the topic holds now, without a group. */
  async readAll(target, topic) {
    return parseRecords(mustSucceed('kcat -C', await runClient('kcat', ['-C', ...settings(target), '-o', 'beginning', '-e', '-q', '-f', '%p %o %s\n', '-t', topic])).stdout);
  },
  /** What the client says when it may not write, and when it may not read. */
  async refused(target, { topic, group }) {
    const write = await runClient('kcat', ['-P', ...settings(target), '-X', 'message.timeout.ms=8000', '-t', topic], { input: 'x\n', timeoutMs: 30_000 });
    const read = await runClient('kcat', ['-G', group, ...settings(target), '-X', 'auto.offset.reset=earliest', '-c', '1', topic], { timeoutMs: 8_000 });
    return { write: `${write.stdout}${write.stderr}`, read: `${read.stdout}${read.stderr}` };
  },
  codes: { write: /Topic authorization failed|TOPIC_AUTHORIZATION_FAILED/i, read: /Topic authorization failed/i },
};
