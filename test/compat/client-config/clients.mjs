// How each client is run with the file that the platform gives for it. `place` is { directory, file, env }: where the file stands, beside it sluice-ca.pem where it is
// asked for, and the environment with the secret. Programs read `key:value` lines to produce, and print `partition offset value` lines of what they consume.
import { cpSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installers, kafkaLab, librdkafkaClient, python as interpreter, springClient } from '../../../tools/clients/install.mjs';
import { mustSucceed, runClient } from '../clients/process.mjs';

const programs = fileURLToPath(new URL('./programs', import.meta.url));
const franzGoModule = fileURLToPath(new URL('../franz-go', import.meta.url));
const TIMEOUT_MS = 180_000;

const runIn = ({ directory, env }, command, args, input) => runClient(command, args, { input, env, cwd: directory, timeoutMs: TIMEOUT_MS });

/** A program that is told `produce TOPIC` or `consume TOPIC GROUP COUNT`. */
const program = (commandOf) => ({
  produce: (place, topic, input) => runIn(place, ...commandOf(place, ['produce', topic]), input),
  consume: (place, topic, group, count) => runIn(place, ...commandOf(place, ['consume', topic, group, String(count)])),
});

const consoleTool = (place, args, input) => runIn({ ...place, env: { ...place.env, HEAP: '-Xmx256m' } }, kafkaLab, ['run', ...args], input);

/** Its package is built into a program of the test's own module, as in a user's. */
async function buildGo({ directory, file, env }) {
  const unformatted = mustSucceed('gofmt', await runClient('gofmt', ['-l', file])).stdout.trim();
  if (unformatted) throw new Error(`gofmt would change ${unformatted}`);
  mkdirSync(join(directory, 'sluicekafka'));
  renameSync(file, join(directory, 'sluicekafka', 'sluicekafka.go'));
  for (const name of ['go.mod', 'go.sum']) cpSync(join(franzGoModule, name), join(directory, name));
  cpSync(join(programs, 'go', 'main.go'), join(directory, 'main.go'));
  for (const args of [['vet', './...'], ['build', '-o', 'client', '.']]) mustSucceed(`go ${args[0]}`, await runIn({ directory, env }, 'go', args));
}

export const clients = {
  java: {
    name: 'Java (Apache Kafka\'s console tools)', unavailable: installers.java,
    produce: ({ bootstrap, ...place }, topic, input) => consoleTool(place, ['console-producer', '--bootstrap-server', bootstrap, '--command-config', place.file, '--topic', topic, '--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:'], input),
    async consume({ bootstrap, ...place }, topic, group, count) {
      const result = await consoleTool(place, ['console-consumer', '--bootstrap-server', bootstrap, '--command-config', place.file, '--topic', topic, '--group', group, '--max-messages', String(count), '--timeout-ms', '60000',
        '--formatter-property', 'print.partition=true', '--formatter-property', 'print.offset=true']);
      return { ...result, stdout: result.stdout.replace(/Partition:|Offset:/g, '') };
    },
    refusal: /SaslAuthenticationException/,
  },
  librdkafka: { name: 'librdkafka (C)', unavailable: installers.librdkafka, ...program(({ file }, args) => [librdkafkaClient, [file, ...args]]), refusal: /_AUTHENTICATION|Authentication failure/ },
  kafkajs: { name: 'kafkajs', unavailable: () => null, ...program(({ file }, args) => [process.execPath, [join(programs, 'kafkajs-client.mjs'), file, ...args]]), refusal: /KafkaJSSASLAuthenticationError/ },
  python: {
    name: 'confluent-kafka (Python)', unavailable: installers.python,
    ...program(({ directory }, args) => ['env', [`PYTHONPATH=${directory}`, interpreter, join(programs, 'confluent_client.py'), ...args]]), refusal: /_AUTHENTICATION/,
  },
  go: { name: 'franz-go (Go)', unavailable: installers.franzGo, prepare: buildGo, ...program(({ directory }, args) => [join(directory, 'client'), args]), refusal: /SASL_AUTHENTICATION_FAILED/ },
  kcat: {
    name: 'kcat', unavailable: installers.kcat,
    produce: (place, topic, input) => runIn(place, 'kcat', ['-F', place.file, '-P', '-t', topic, '-K:'], input),
    consume: (place, topic, group, count) => runIn(place, 'kcat', ['-F', place.file, '-G', group, '-u', '-c', String(count), '-f', '%p %o %s\n', topic]),
    refusal: /Authentication failure|Authentication failed/i,
  },
  spring: {
    name: 'Spring Boot', unavailable: installers.spring,
    ...program(({ file }, [what, topic, group, count]) => ['java', ['-Xmx256m', '-cp', `${springClient}/target/classes:${springClient}/target/libs/*`, 'client.SpringClient', `--spring.config.location=file:${file}`,
      '--spring.main.banner-mode=off', '--logging.level.root=ERROR', `--what=${what}`, `--topic=${topic}`, ...(group ? [`--group=${group}`, `--count=${count}`] : [])]]),
    refusal: /SaslAuthenticationException/,
  },
};
