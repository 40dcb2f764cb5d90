#!/usr/bin/env node
// Installs the Kafka clients that tests drive, each once and only where it is missing: kcat (Debian's package, as root), confluent-kafka for Python (a virtual
// environment of the project's own), Apache Kafka's tools (Maven), franz-go (built with Go), programs of librdkafka (Debian's package, gcc) and Spring Boot (Maven).
// What can't be had is named with its reason; nothing is pretended.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = join(root, '.cache', 'clients');
const PYTHON_CLIENT = 'confluent-kafka==2.16.1';
export const python = join(cache, 'venv', 'bin', 'python3');
export const franzGo = join(cache, 'franz-go');
export const librdkafkaClient = join(cache, 'librdkafka-client');
/** A built Maven project: its classes and what they need are in `target`. */
export const springClient = join(cache, 'spring-client');
const programs = join(root, 'test', 'compat', 'client-config', 'programs');
export const kafkaLab = join(root, 'tools', 'kafka-lab', 'kafka-lab');

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: 600_000, ...options });
  return { ok: result.status === 0, text: `${result.stdout ?? ''}${result.stderr ?? result.error?.message ?? ''}` };
}
const has = (command, ...args) => run(command, args).ok;
const because = (text) => text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';

function debianPackage(name) {
  if (process.getuid?.() !== 0) return `${name} is not installed, and installing it takes root`;
  if (!has('apt-get', '--version')) return `${name} is not installed, and there is no apt-get here`;
  run('apt-get', ['update', '-q']);
  const installed = run('apt-get', ['install', '-y', '-q', name], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  return installed.ok ? null : `${name}: ${because(installed.text)}`;
}

/** Each answers null when the client is there, else why not. */
export const installers = {
  kcat: () => (has('kcat', '-V') ? null : debianPackage('kcat')),
  python() {
    if (has(python, '-c', 'import confluent_kafka')) return null;
    if (!has('python3', '--version')) return 'there is no python3 here';
    mkdirSync(cache, { recursive: true });
    const made = run('python3', ['-m', 'venv', join(cache, 'venv')]);
    if (!made.ok) return `python3 -m venv: ${because(made.text)}`;
    const installed = run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PYTHON_CLIENT]);
    return installed.ok ? null : `confluent-kafka: ${because(installed.text)}`;
  },
  java() {
    if (!has('java', '-version')) return 'there is no Java here';
    if (has('bash', '-c', `ls "\${KAFKA_LAB_HOME:-$HOME/.cache/kafka-lab}"/libs/kafka_2.13-*.jar`)) return null;
    if (!has('mvn', '--version')) return 'Apache Kafka\'s tools come with Maven, and there is none here';
    const installed = run(kafkaLab, ['setup']);
    return installed.ok ? null : `kafka-lab setup: ${because(installed.text)}`;
  },
  franzGo() {
    if (!has('go', 'version')) return 'there is no Go here';
    mkdirSync(cache, { recursive: true });
    const built = run('go', ['build', '-o', franzGo, '.'], { cwd: join(root, 'test', 'compat', 'franz-go') });
    return built.ok ? null : `franz-go: ${because(built.text)}`;
  },
  librdkafka() {
    if (!has('gcc', '--version')) return 'there is no gcc here';
    mkdirSync(cache, { recursive: true });
    const build = () => run('gcc', ['-Wall', '-O1', '-o', librdkafkaClient, join(programs, 'librdkafka_client.c'), '-lrdkafka']);
    if (build().ok) return null;
    const missing = debianPackage('librdkafka-dev');
    if (missing) return missing;
    const built = build();
    return built.ok ? null : `librdkafka: ${because(built.text)}`;
  },
  spring() {
    if (!has('java', '-version')) return 'there is no Java here';
    if (!has('mvn', '--version')) return 'Spring Boot comes with Maven, and there is none here';
    mkdirSync(springClient, { recursive: true });
    cpSync(join(programs, 'spring'), springClient, { recursive: true, preserveTimestamps: true });
    const built = run('mvn', ['-B', '-q', 'compile', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=target/libs'], { cwd: springClient });
    return built.ok ? null : `Spring Boot: ${because(built.text)}`;
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, install] of Object.entries(installers)) {
    const missing = install();
    console.log(`${name}: ${missing ?? 'there'}`);
  }
}
