/** Whether Apache Kafka can run here; a version is installed for the first test that wants it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What one run has installed is there for the next. */
export const installations = resolve(process.env['SLUICE_KAFKA_DIR'] || join('.cache', 'kafka'));
const INSTALL_WITHIN_MS = 240_000;

const runs = (command: string, ...args: string[]): boolean => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Why there can be no broker of this version here, or null. Installs it where it isn't. */
export function missingForApacheKafka(version: string): string | null {
  const javaHome = process.env['SLUICE_JAVA_HOME'] || process.env['JAVA_HOME'];
  if (!runs(javaHome ? join(javaHome, 'bin', 'java') : 'java', '-version')) return 'there is no Java';
  mkdirSync(installations, { recursive: true });
  const isThere = existsSync(join(installations, version, 'installed.json'));
  if (!isThere && !process.env['SLUICE_KAFKA_HOME'] && !process.env['KAFKA_HOME'] && !runs('sh', '-c', 'command -v mvn')) return `Apache Kafka ${version} isn't installed, and there is no Maven to fetch it`;
  const { status, stderr } = spawnSync(process.execPath, ['tools/run.mjs', 'tools/kafka/install.mjs', version], { env: { ...process.env, SLUICE_KAFKA_DIR: installations, NODE_OPTIONS: '' }, encoding: 'utf8', timeout: INSTALL_WITHIN_MS });
  return status === 0 ? null : `Apache Kafka ${version} can't be installed: ${stderr.trim().split('\n').at(-1) || 'it took too long'}`;
}
