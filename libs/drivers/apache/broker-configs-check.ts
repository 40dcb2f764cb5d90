/** Judges a tenant's settings for one version: our list and the version's definitions first, then, where it is installed, Kafka's own code. */
import type { ConfigProblem } from '#libs/control/domain';
import { configProblems } from './broker-configs.js';
import { judgeConfigs } from './install-plugin.js';
import type { InstalledKafka, Installer } from './install.js';
import { findJava as findJavaHere, type Environment, type JavaFinding, type JavaRuntime } from './java-runtime.js';

export interface ConfigCheckerOptions {
  installer: Pick<Installer, 'catalogue' | 'find'>;
  environment: Environment;
  findJava?: (environment: Environment) => Promise<JavaFinding>;
  judge?: (installed: InstalledKafka, java: JavaRuntime, configs: Readonly<Record<string, string>>) => Promise<ConfigProblem[]>;
}

/** `version` null: the default. Costs a JVM of a second only when there is nothing to complain of yet. */
export type CheckConfigs = (version: string | null, configs: Readonly<Record<string, string>>) => Promise<ConfigProblem[]>;

export function createConfigChecker({ installer, environment, findJava = findJavaHere, judge = judgeConfigs }: ConfigCheckerOptions): CheckConfigs {
  return async (version, configs) => {
    const { catalogue } = installer;
    const wanted = version === null ? catalogue.versions[0] : catalogue.find(version);
    if (!wanted || Object.keys(configs).length === 0) return [];
    const installed = installer.find(wanted.version);
    const problems = configProblems(wanted.version, installed?.definitions ?? wanted.definitions, configs);
    if (problems.length > 0 || !installed) return problems;
    const { runtime } = await findJava(environment);
    return runtime === null ? [] : judge(installed, runtime, configs);
  };
}
