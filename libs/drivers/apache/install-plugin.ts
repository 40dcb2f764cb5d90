/** What a JVM with our classes beside Kafka's does for the platform: it is compiled, says which settings the version knows, and judges values. */
import type { ConfigProblem } from '#libs/control/domain';
import { formatProperties } from './properties.js';
import type { ConfigDefinition } from './broker-configs.js';
import type { InstalledKafka, PluginTools } from './install.js';
import { installError } from './install.errors.js';
import { JVM_STEP_TIMEOUT_MS, OUTPUT_TAIL_LENGTH_MAX } from './install.limits.js';
import { runProgram, type RunProgram } from './install-program.js';
import type { JavaRuntime } from './java-runtime.js';
import { buildPlugin, pluginHash } from './plugin/build-plugin.js';

const FLAGS = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dlog4j2.level=OFF'];

/** Sources change with a build of the platform, so their hash is taken once. */
export function createPluginTools(run: RunProgram = runProgram): PluginTools {
  const hashes = new Map<string, string>();
  return {
    hash(mode) {
      if (!hashes.has(mode)) hashes.set(mode, pluginHash(mode));
      return hashes.get(mode)!;
    },
    build: (options) => buildPlugin({ ...options, run }),
    definitions: async ({ java, classPath }) => JSON.parse(await ask(java, classPath, 'io.sluice.kafka.ConfigDefinitions', '', run)) as ConfigDefinition[],
  };
}

/** Kafka's last word on values, by the very code that a broker of that version starts with. */
export async function judgeConfigs(installed: Pick<InstalledKafka, 'modes' | 'classPath'>, java: JavaRuntime, configs: Readonly<Record<string, string>>, run: RunProgram = runProgram): Promise<ConfigProblem[]> {
  if (Object.keys(configs).length === 0) return [];
  return JSON.parse(await ask(java, installed.classPath(installed.modes[0]!), 'io.sluice.kafka.ConfigCheck', formatProperties(new Map(Object.entries(configs))), run)) as ConfigProblem[];
}

/** The answer is the last line: a logger without a configuration may have spoken before. */
async function ask(java: JavaRuntime, classPath: string, main: string, input: string, run: RunProgram): Promise<string> {
  const { status, stdout, stderr, isTimedOut } = await run(java.java, [...FLAGS, '-cp', classPath, main], { timeoutMs: JVM_STEP_TIMEOUT_MS, input }).catch((error: unknown) => {
    throw installError('INSTALL_FAILED', `${java.java} can't be run: ${(error as Error).message}`, error);
  });
  const answer = stdout.trim().split('\n').at(-1) ?? '';
  if (status !== 0 || !answer.startsWith('[')) throw installError('INSTALL_FAILED', `${main} ${isTimedOut ? 'took too long' : `ended with ${status ?? 'a signal'}`}: ${(stderr || stdout).trim().slice(-OUTPUT_TAIL_LENGTH_MAX)}`);
  return answer;
}
