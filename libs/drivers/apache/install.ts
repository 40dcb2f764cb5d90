/**
 * Versions of Apache Kafka on this machine, one directory each:
 *
 *     <root>/<version>/libs/*.jar                    as pinned, or copied from an Apache Kafka that was here
 *     <root>/<version>/plugin-<mode>-<hash>.jar      ours, compiled for this version; another hash stands beside it when its sources change
 *     <root>/<version>/configs-<hash>.json           the settings that this version knows, as it says itself
 *     <root>/<version>/installed.json                written last
 *
 * Everything is made in `<version>.partial-…`, which gets its name when it is whole; only the holder of `<version>.lock` writes.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { OperationalError } from '#libs/kernel';
import { readJsonFile, replaceFile, syncDirectory } from '#libs/host';
import { systemReason } from '#libs/drivers/nodes';
import { readCatalogue, type Catalogue, type CatalogueVersion, type KafkaMode } from './catalogue/catalogue.js';
import type { ConfigDefinition } from './broker-configs.js';
import { installError } from './install.errors.js';
import { INSTALL_FREE_BYTES_MIN } from './install.limits.js';
import { withLock } from './install-lock.js';
import { fetchArtifacts } from './install-maven.js';
import { runProgram, type RunProgram } from './install-program.js';
import { sealFiles, verifyArtifacts } from './install-verify.js';
import { compilerProblem, requireJava, type Environment, type JavaRuntime } from './java-runtime.js';
import { copyKafkaHome, findKafkaHome } from './kafka-home.js';

export interface InstalledKafka {
  version: string;
  directory: string;
  modes: readonly KafkaMode[];
  metadataVersion: string;
  zookeeperVersion: string | null;
  /** For `java -cp`: Kafka's jars, and before them our plugin for this mode. */
  classPath(mode: KafkaMode): string;
  pluginJar(mode: KafkaMode): string;
  /** Hash of the plugin's sources: what a broker runs besides the version. */
  pluginHash(mode: KafkaMode): string;
  definitions: ReadonlyMap<string, ConfigDefinition>;
}

/** Compiles our classes and asks a version what it knows; in tests something that needs no JVM. */
export interface PluginTools {
  /** Of the sources. */
  hash(mode: KafkaMode): string;
  build(options: { javaHome: string; libsDirectory: string; mode: KafkaMode; outFile: string }): Promise<void>;
  definitions(options: { java: JavaRuntime; classPath: string }): Promise<ConfigDefinition[]>;
}

export interface InstallerOptions {
  /** `$SLUICE_HOME/kafka`, or SLUICE_KAFKA_DIR. */
  root: string;
  environment: Environment;
  plugin: PluginTools;
  catalogue?: Catalogue;
  run?: RunProgram;
  findJava?: (environment: Environment) => Promise<JavaRuntime>;
}

export interface Installer {
  readonly catalogue: Catalogue;
  /** What is there, whole and with the present plugin; null: `install` has something to do. */
  find(version: string): InstalledKafka | null;
  /** Safe to repeat and to call from many sides at once. `progress` gets a line at a time. */
  install(version: string, progress: (text: string) => void): Promise<InstalledKafka>;
}

interface Installed { version: string; source: { kind: 'maven' } | { kind: 'kafka-home'; path: string }; java: string; jars: number }

export function createInstaller({ root, environment, plugin, catalogue = readCatalogue(), run = runProgram, findJava = requireJava }: InstallerOptions): Installer {
  const context: Context = { root, environment, plugin, run, findJava };
  const underway = new Map<string, Underway>();
  const find = (version: string): InstalledKafka | null => {
    const wanted = catalogue.find(version);
    return wanted ? readInstalled(context, wanted) : null;
  };
  return {
    catalogue,
    find,
    async install(version, progress) {
      const wanted = catalogue.find(version);
      if (!wanted) throw installError('VERSION_UNKNOWN', `there is no Apache Kafka ${version} in the catalogue; there is ${catalogue.versions.map((each) => each.version).join(', ')}`);
      const present = find(version);
      if (present) return present;
      let task = underway.get(version);
      if (!task) {
        const begun = { listeners: new Set<Progress>(), latest: null as string | null };
        const tell: Progress = (text) => {
          begun.latest = text;
          for (const listen of begun.listeners) listen(text);
        };
        task = Object.assign(begun, { done: installLocked(context, wanted, tell).finally(() => underway.delete(version)) });
        underway.set(version, task);
      }
      task.listeners.add(progress);
      // Who comes later hears how far it is, not only of what follows.
      if (task.latest !== null) progress(task.latest);
      return task.done;
    },
  };
}

type Context = Required<Pick<InstallerOptions, 'root' | 'environment' | 'plugin' | 'run' | 'findJava'>>;
type Progress = (text: string) => void;

interface Underway { done: Promise<InstalledKafka>; listeners: Set<Progress>; latest: string | null }

const pluginName = (plugin: PluginTools, mode: KafkaMode): string => `plugin-${mode}-${plugin.hash(mode)}.jar`;
const configsName = (plugin: PluginTools, mode: KafkaMode): string => `configs-${plugin.hash(mode)}.json`;
const classPathOf = (directory: string, pluginJar: string): string => [pluginJar, join(directory, 'libs', '*')].join(':');

/** Whether its jars are there: `find` also wants the present plugin, which `install` compiles without fetching anything. */
export const isFetched = (root: string, version: string): boolean => (readJsonFile(join(root, version, 'installed.json')) as Installed | null)?.version === version;

function readInstalled({ root, plugin }: Context, { version, modes, metadataVersion, zookeeperVersion }: CatalogueVersion): InstalledKafka | null {
  const directory = join(root, version);
  if (!isFetched(root, version)) return null;
  const jar = (mode: KafkaMode): string => join(directory, pluginName(plugin, mode));
  const configs = readJsonFile(join(directory, configsName(plugin, modes[0]!))) as ConfigDefinition[] | null;
  if (configs === null || !modes.every((mode) => existsSync(jar(mode)))) return null;
  return {
    version, directory, modes, metadataVersion, zookeeperVersion, pluginJar: jar,
    classPath: (mode) => classPathOf(directory, jar(mode)),
    pluginHash: (mode) => plugin.hash(mode),
    definitions: new Map(configs.map((each) => [each.name, each])),
  };
}

async function installLocked(context: Context, wanted: CatalogueVersion, progress: Progress): Promise<InstalledKafka> {
  const { root } = context;
  const java = await context.findJava(context.environment);
  const problem = compilerProblem(java);
  if (problem !== null) throw installError('JAVA_MISSING', problem);
  try {
    mkdirSync(root, { recursive: true, mode: 0o755 });
    return await withLock(join(root, `${wanted.version}.lock`), ({ pid }) => progress(`${wanted.version}: waiting for process ${pid}, which is installing it`), async () => {
      for (const name of readdirSync(root)) if (name.startsWith(`${wanted.version}.partial-`)) rmSync(join(root, name), { recursive: true, force: true });
      const directory = join(root, wanted.version);
      if (isFetched(root, wanted.version)) await completePlugin(context, wanted, java, directory, progress);
      else await installAnew(context, wanted, java, directory, progress);
      const installed = readInstalled(context, wanted);
      if (!installed) throw installError('INSTALL_FAILED', `${directory} is not whole though it was just installed: remove it and try again`);
      progress(`${wanted.version}: installed`);
      return installed;
    });
  } catch (error) {
    if (error instanceof OperationalError) throw error;
    const reason = systemReason(error);
    if (reason === null) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw installError(code === 'ENOSPC' || code === 'EDQUOT' ? 'DISK_FULL' : 'INSTALL_FAILED', `Apache Kafka ${wanted.version} can't be installed in ${root} (SLUICE_KAFKA_DIR): ${reason}`, error);
  }
}

async function installAnew(context: Context, wanted: CatalogueVersion, java: JavaRuntime, directory: string, progress: Progress): Promise<void> {
  const { root, environment, run } = context;
  const home = findKafkaHome(environment, wanted);
  const { bavail, bsize } = statfsSync(root);
  if (bavail * bsize < INSTALL_FREE_BYTES_MIN) throw installError('DISK_FULL', `${root} has ${Math.floor((bavail * bsize) / 2 ** 20)} MiB free, and an installation needs ${INSTALL_FREE_BYTES_MIN / 2 ** 20}: make room, or set SLUICE_KAFKA_DIR to where there is some`);
  // Of this process and moment: an orphan of a killed attempt (Maven goes on) writes into its own.
  const partial = join(root, `${wanted.version}.partial-${process.pid}-${Math.floor(performance.timeOrigin + performance.now())}`);
  const libs = join(partial, 'libs');
  try {
    mkdirSync(libs, { recursive: true, mode: 0o755 });
    progress(`${wanted.version}: 0 of ${home ? `${home.jars.length} files of ${home.path}` : `${wanted.artifacts.length} artifacts`}`);
    if (home) {
      await copyKafkaHome(home, partial, wanted.version, progress);
    } else {
      await fetchArtifacts(wanted, partial, java.home, progress, run);
      await verifyArtifacts(wanted, libs);
      progress(`${wanted.version}: ${wanted.artifacts.length} of ${wanted.artifacts.length} artifacts, checksums are right`);
    }
    await sealFiles(libs);
    await completePlugin(context, wanted, java, partial, progress);
    const installed: Installed = { version: wanted.version, source: home ? { kind: 'kafka-home', path: home.path } : { kind: 'maven' }, java: java.fullVersion, jars: readdirSync(libs).length };
    await replaceFile(join(partial, 'installed.json'), `${JSON.stringify(installed, null, 2)}\n`, 0o644);
    rmSync(join(partial, 'pom.xml'), { force: true });
    // Without installed.json it was never whole, and nothing runs from it.
    rmSync(directory, { recursive: true, force: true });
    renameSync(partial, directory);
    syncDirectory(root);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

/** What depends on our sources; what is there already stays: brokers run from it. */
async function completePlugin({ plugin }: Context, { version, modes }: CatalogueVersion, java: JavaRuntime, directory: string, progress: Progress): Promise<void> {
  for (const mode of modes) {
    const target = join(directory, pluginName(plugin, mode));
    if (existsSync(target)) continue;
    progress(`${version}: compiling the plugin (${mode})`);
    const outFile = `${target}.partial`;
    rmSync(outFile, { recursive: true, force: true });
    try {
      await plugin.build({ javaHome: java.home, libsDirectory: join(directory, 'libs'), mode, outFile });
    } catch (error) {
      rmSync(outFile, { recursive: true, force: true });
      throw error instanceof OperationalError ? error : installError('PLUGIN_NOT_BUILT', `the plugin for Apache Kafka ${version} could not be compiled with ${java.home}: ${error instanceof Error ? error.message : String(error)}`, error);
    }
    renameSync(outFile, target);
  }
  const [first] = modes;
  const configs = join(directory, configsName(plugin, first!));
  if (existsSync(configs)) return;
  progress(`${version}: asking it which settings it knows`);
  const definitions = await plugin.definitions({ java, classPath: classPathOf(directory, join(directory, pluginName(plugin, first!))) });
  await replaceFile(configs, `${JSON.stringify(definitions)}\n`, 0o644);
}
