import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installers, kafkaLab } from '../../../tools/clients/install.mjs';
import { mustSucceed, parseRecords, runClient } from './process.mjs';

const MODULES = { PLAIN: 'plain.PlainLoginModule', 'SCRAM-SHA-256': 'scram.ScramLoginModule', 'SCRAM-SHA-512': 'scram.ScramLoginModule' };

let directory = null;
let files = 0;

/** They hold secrets, and are gone with this process. */
function newFile() {
  if (directory === null) {
    directory = mkdtempSync(join(tmpdir(), 'sluice-java-'));
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  }
  return join(directory, `client-${++files}.properties`);
}

/** A client.properties for Apache Kafka's own tools. */
export function clientProperties({ key, caFile, mechanism }, more = []) {
  const file = newFile();
  const lines = [
    'security.protocol=SASL_SSL', `sasl.mechanism=${mechanism}`, 'ssl.truststore.type=PEM', `ssl.truststore.location=${caFile}`,
    `sasl.jaas.config=org.apache.kafka.common.security.${MODULES[mechanism]} required username="${key.apiKey}" password="${key.apiSecret}";`, ...more,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

export const tool = (...args) => runClient(kafkaLab, ['run', ...args], { env: { HEAP: '-Xmx256m' } });

export const java = {
  name: 'Apache Kafka console tools', codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'], unavailable: installers.java,
  async produce(target, { topic, codec, records }) {
    const input = records.map(({ key, value }) => `${key}:${value}\n`).join('');
    const config = clientProperties(target, ['enable.idempotence=true', 'acks=all']);
    const args = ['run', 'console-producer', '--bootstrap-server', target.bootstrap, '--command-config', config, '--topic', topic, '--compression-codec', codec, '--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:'];
    const result = mustSucceed('console producer', await runClient(kafkaLab, args, { input }));
    if (/ERROR|Exception/.test(result.stdout + result.stderr)) throw new Error(`console producer: ${(result.stderr || result.stdout).slice(0, 600)}`);
  },
  async consume(target, { topic, group, count }) {
    const config = clientProperties(target, ['auto.offset.reset=earliest']);
    const args = ['run', 'console-consumer', '--bootstrap-server', target.bootstrap, '--command-config', config, '--topic', topic, '--group', group, '--max-messages', String(count), '--timeout-ms', '30000',
      '--formatter-property', 'print.partition=true', '--formatter-property', 'print.offset=true'];
    const { stdout } = mustSucceed('console consumer', await runClient(kafkaLab, args));
    return parseRecords(stdout.replaceAll('Partition:', '').replaceAll('Offset:', ''), '\t');
  },
  async refused(target, { topic, group }) {
    const config = clientProperties(target, ['max.block.ms=8000', 'delivery.timeout.ms=8000', 'request.timeout.ms=4000', 'linger.ms=0']);
    const write = await runClient(kafkaLab, ['run', 'console-producer', '--bootstrap-server', target.bootstrap, '--command-config', config, '--topic', topic], { input: 'x\n' });
    const reading = clientProperties(target, ['auto.offset.reset=earliest']);
    const read = await runClient(kafkaLab, ['run', 'console-consumer', '--bootstrap-server', target.bootstrap, '--command-config', reading, '--topic', topic, '--group', group, '--max-messages', '1', '--timeout-ms', '8000']);
    return { write: `${write.stdout}${write.stderr}`, read: `${read.stdout}${read.stderr}` };
  },
  codes: { write: /TopicAuthorizationException|TOPIC_AUTHORIZATION_FAILED/, read: /TopicAuthorizationException/ },
};
