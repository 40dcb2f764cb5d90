/** Fetches pinned artifacts with Maven. Where from is the machine's own affair: its Maven settings, mirrors and local repository decide. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OperationalError } from '#libs/kernel';
import { jarName, type Artifact, type CatalogueVersion } from './catalogue/catalogue.js';
import { installError } from './install.errors.js';
import { FETCH_TIMEOUT_MS, OUTPUT_TAIL_LENGTH_MAX } from './install.limits.js';
import type { RunProgram } from './install-program.js';

const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies';
const INSTEAD = 'or set SLUICE_KAFKA_HOME to an unpacked Apache Kafka of this version';

/** Proxies, a JVM's own options (a company's trust store, say), and what is Maven's own: its settings may name a login for a mirror as `${env.MAVEN_…}`. */
export const MAVEN_ENVIRONMENT = /^(MAVEN_[A-Z0-9_]+|M2_HOME|JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|(https?|no|all)_proxy)$/i;

/** Every artifact by itself: what the catalogue doesn't list isn't fetched, whatever a POM asks for. */
export function pomOf({ version, artifacts }: Pick<CatalogueVersion, 'version' | 'artifacts'>): string {
  const dependency = ({ group, artifact, version: of }: Artifact): string => `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${of}</version>`
    + '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>';
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">', '<modelVersion>4.0.0</modelVersion>', `<groupId>sluice</groupId><artifactId>kafka</artifactId><version>${version}</version><packaging>pom</packaging>`,
    '<dependencies>', ...artifacts.map(dependency), '</dependencies>', '</project>', '',
  ].join('\n');
}

/** Leaves the jars in `directory/libs`, not yet checked. Maven runs with the Java that brokers will run with: there may be no other. */
export async function fetchArtifacts(wanted: CatalogueVersion, directory: string, javaHome: string, progress: (text: string) => void, run: RunProgram): Promise<void> {
  const libs = join(directory, 'libs');
  const pom = join(directory, 'pom.xml');
  await mkdir(libs, { recursive: true });
  await writeFile(pom, pomOf(wanted));
  const [names, fetched] = [new Set(wanted.artifacts.map(jarName)), new Set<string>()];
  const onLine = (line: string): void => {
    const name = /Downloaded from .*\/([^/ ]+\.jar)\b/.exec(line)?.[1];
    if (name === undefined || !names.has(name) || fetched.has(name)) return;
    fetched.add(name);
    progress(`${wanted.version}: ${fetched.size} of ${names.size} artifacts`);
  };
  const args = ['-B', '-f', pom, COPY, `-DoutputDirectory=${libs}`, '-DincludeScope=runtime'];
  let result;
  try {
    result = await run('mvn', args, { timeoutMs: FETCH_TIMEOUT_MS, cwd: directory, inherits: MAVEN_ENVIRONMENT, environment: { JAVA_HOME: javaHome }, onLine });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw installError('MAVEN_MISSING', `Maven is needed to fetch Apache Kafka ${wanted.version}, and there is no mvn on PATH: install it (a package named maven), ${INSTEAD}`);
    throw installError('INSTALL_FAILED', `Maven could not be started: ${String((error as Error).message)}`, error);
  }
  if (result.isTimedOut) throw installError('ARTIFACTS_UNAVAILABLE', `Maven had not fetched Apache Kafka ${wanted.version} after ${FETCH_TIMEOUT_MS / 60_000} minutes (${fetched.size} of ${names.size} artifacts); try again, ${INSTEAD}`);
  if (result.status !== 0) throw mavenFailure(wanted.version, `${result.stdout}\n${result.stderr}`);
}

/** A JVM repeats its options, which may hold the password of a proxy or of a trust store. */
const OPTIONS_TOLD = /^.*Picked up \w*OPTIONS: .*$/gm;

/** Of Maven's pages of output the line that tells, without the addresses that are in it. */
export function mavenFailure(version: string, said: string): OperationalError {
  const output = said.replaceAll(OPTIONS_TOLD, '');
  const errors = output.split('\n').flatMap((line) => /^(?:\[ERROR\]|Error:|Exception)\s*(.+)$/.exec(line.trim())?.[1] ?? []);
  const telling = (errors.find((line) => !/^\[Help|^To see|^Re-run|^For more/.test(line)) ?? output.trim().slice(-OUTPUT_TAIL_LENGTH_MAX)).replaceAll(/\s*\(?https?:\/\/[^\s)]+\)?/g, '').replace(/ -> \[Help.*$/, '').slice(0, OUTPUT_TAIL_LENGTH_MAX);
  if (/No space left on device|Disk quota exceeded/.test(output)) return installError('DISK_FULL', `There is no space left for Apache Kafka ${version} (Maven's local repository and SLUICE_KAFKA_DIR need some 100 MB each): make room and try again`);
  if (/offline mode|UnknownHost|Name or service not known|Temporary failure in name resolution|Connection refused|Connect(?:ion)? timed out|Network is unreachable|No route to host|Connection reset|PKIX|status code: [45]|Could not transfer/i.test(output)) {
    return installError('ARTIFACTS_UNAVAILABLE', `Maven can't reach what it fetches Apache Kafka ${version} from (${telling}): see to the network or to the mirror in Maven's settings.xml, ${INSTEAD}`);
  }
  if (/Could not find artifact|could not be resolved/i.test(output)) {
    return installError('ARTIFACTS_UNAVAILABLE', `Maven's repositories lack a part of Apache Kafka ${version} (${telling}): see to the mirror in Maven's settings.xml, ${INSTEAD}`);
  }
  return installError('INSTALL_FAILED', `Maven could not fetch Apache Kafka ${version}: ${telling}`);
}
