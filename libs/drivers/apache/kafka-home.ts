/** An Apache Kafka that the operator has already: its jars are copied, so that an upgrade or removal of theirs touches no broker of ours. */
import { constants, existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogueVersion } from './catalogue/catalogue.js';
import { installError } from './install.errors.js';
import type { Environment } from './java-runtime.js';

/** Sources, documentation and tests lie beside the jars in a distribution. */
const NOT_NEEDED = /-(?:sources|javadoc|test|test-sources|scaladoc)\.jar$/;

export interface KafkaHome { path: string; source: string; jars: string[] }

/**
 * The home of this very version, or null when the environment names none, or names another version by KAFKA_HOME (which others set for
 * purposes of their own). SLUICE_KAFKA_HOME is meant for us: another version there is left alone, an unsuitable directory is an error.
 */
export function findKafkaHome(environment: Environment, { version, scalaVersion, modes, zookeeperVersion }: CatalogueVersion): KafkaHome | null {
  for (const source of ['SLUICE_KAFKA_HOME', 'KAFKA_HOME']) {
    const path = environment[source];
    if (!path) continue;
    const jars = listJars(join(path, 'libs'));
    if (source === 'SLUICE_KAFKA_HOME' && !jars.some((name) => /^kafka_\d+\.\d+-[\d.]+\.jar$/.test(name))) {
      throw installError('KAFKA_HOME_UNSUITABLE', `SLUICE_KAFKA_HOME is ${path}, where there is no libs/kafka_${scalaVersion}-${version}.jar: name the directory of an unpacked Apache Kafka, or unset it to have it fetched with Maven`);
    }
    if (!jars.includes(`kafka_${scalaVersion}-${version}.jar`)) continue;
    const isWhole = jars.includes(`kafka-clients-${version}.jar`) && jars.some((name) => name.startsWith('jackson-databind-')) && (!modes.includes('zookeeper') || jars.some((name) => name.startsWith('zookeeper-')));
    if (!isWhole) throw installError('KAFKA_HOME_UNSUITABLE', `${source} (${path}) has Apache Kafka ${version}, but not all that a broker needs (kafka-clients, jackson-databind${zookeeperVersion === null ? '' : ', zookeeper'}): unpack it anew, or unset ${source} to have it fetched with Maven`);
    return { path, source, jars };
  }
  return null;
}

export async function copyKafkaHome({ path, jars }: KafkaHome, directory: string, version: string, progress: (text: string) => void): Promise<void> {
  const libs = join(directory, 'libs');
  await mkdir(libs, { recursive: true });
  for (const [index, name] of jars.entries()) {
    // Shares the blocks where the file system can.
    await copyFile(join(path, 'libs', name), join(libs, name), constants.COPYFILE_FICLONE);
    if ((index + 1) % 10 === 0 || index + 1 === jars.length) progress(`${version}: ${index + 1} of ${jars.length} files of ${path}`);
  }
}

function listJars(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.jar') && !NOT_NEEDED.test(name)).sort() : [];
}
