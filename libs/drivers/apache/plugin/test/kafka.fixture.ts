/** What tests of the plugin need of the machine: a JDK, and jars of Apache Kafka that somebody has fetched. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

export interface KafkaOnMachine { javaHome: string; libsDirectory: string }

/** KAFKA_LIBS, or what tools/kafka-lab has fetched. */
function findLibs(): string | null {
  const candidates = [process.env.KAFKA_LIBS, join(process.env.KAFKA_LAB_HOME ?? join(homedir(), '.cache', 'kafka-lab'), 'libs')];
  return candidates.find((each) => each !== undefined && existsSync(each) && readdirSync(each).some((name) => /^kafka_2\.13-.*\.jar$/.test(name))) ?? null;
}

function findJdk(): string | null {
  const named = [process.env.SLUICE_JAVA_HOME, process.env.JAVA_HOME].find((home) => home !== undefined && existsSync(join(home, 'bin', 'javac')));
  if (named !== undefined) return named;
  try {
    return dirname(dirname(realpathSync(execFileSync('which', ['javac']).toString().trim())));
  } catch {
    return null;
  }
}

/** A text says what is missing. */
export function findKafka(): KafkaOnMachine | string {
  const javaHome = findJdk();
  if (javaHome === null) return 'no JDK here';
  const libsDirectory = findLibs();
  return libsDirectory === null ? 'no jars of Apache Kafka here, tools/kafka-lab/kafka-lab setup fetches them' : { javaHome, libsDirectory };
}
