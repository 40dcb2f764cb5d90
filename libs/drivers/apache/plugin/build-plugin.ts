/** Compiles our classes against one version's jars into a jar of their own. What is in it depends on the sources and on Kafka's jars alone. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '#libs/kernel';
import { installError } from '../install.errors.js';
import { JVM_STEP_TIMEOUT_MS, OUTPUT_TAIL_LENGTH_MAX } from '../install.limits.js';
import { runProgram, type RunProgram } from '../install-program.js';

export type PluginMode = 'kraft' | 'zookeeper';

export interface BuildPluginOptions {
  /** Of a JDK: `bin/javac` and `bin/jar` are there. */
  javaHome: string;
  /** Kafka's jars. */
  libsDirectory: string;
  mode: PluginMode;
  /** Its directory is there; written to a temporary file beside it first. */
  outFile: string;
  run?: RunProgram;
}

/** The oldest Java that runs a version of the catalogue. */
const JAVA_RELEASE = '17';
const COMPILER_FLAGS = ['--release', JAVA_RELEASE, '-encoding', 'UTF-8', '-proc:none', '-Xmaxerrs', '10', '-g:source,lines'];
/** A compiler newer than those we know may warn of what it likes where somebody installs; in our tests nothing warns. What is in other people's jars isn't ours to mend. */
const LENIENT_FLAGS = ['-nowarn', '-Xlint:none'];
const STRICT_FLAGS = ['-Xlint:all,-processing,-path,-classfile', '-Werror'];
/** The same for each build: a jar holds times. */
const JAR_DATE = '2020-01-01T00:00:00Z';
const HASH_LENGTH = 16;

/** Sources, not code of the platform: they stay where they are, wherever this file was built to. */
export function pluginDirectory(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const candidate = join(at, 'libs', 'drivers', 'apache', 'plugin');
    if (existsSync(join(candidate, 'src', 'common'))) return candidate;
    invariant(at !== dirname(at), 'the directory libs/drivers/apache/plugin/src isn\'t there');
  }
}

/** In a fixed order. */
export function javaSources(directory: string): string[] {
  return (readdirSync(directory, { recursive: true }) as string[]).filter((name) => name.endsWith('.java')).sort().map((name) => join(directory, name));
}

export const sourcesOf = (mode: PluginMode): string[] => ['common', mode].flatMap((part) => javaSources(join(pluginDirectory(), 'src', part)));

/** Of the sources and of how they are compiled. */
export function pluginHash(mode: PluginMode): string {
  const hash = createHash('sha256').update(JSON.stringify([COMPILER_FLAGS, JAR_DATE]));
  for (const file of sourcesOf(mode)) hash.update(`\0${relative(pluginDirectory(), file)}\0`).update(readFileSync(file));
  return hash.digest('hex').slice(0, HASH_LENGTH);
}

export interface CompileOptions { javaHome: string; classPath: string; isStrict?: boolean; run?: RunProgram }

/** Compiles to class files below `directory`, which it makes. */
export async function compileJava(sources: readonly string[], directory: string, { javaHome, classPath, isStrict = false, run = runProgram }: CompileOptions): Promise<void> {
  await step(run, join(javaHome, 'bin', 'javac'), [...COMPILER_FLAGS, ...(isStrict ? STRICT_FLAGS : LENIENT_FLAGS), '-d', directory, '-cp', classPath, ...sources]);
}

export async function buildPlugin({ javaHome, libsDirectory, mode, outFile, run = runProgram }: BuildPluginOptions): Promise<void> {
  const work = mkdtempSync(join(dirname(outFile), '.plugin-'));
  try {
    const [classes, manifest, jar] = [join(work, 'classes'), join(work, 'manifest'), join(work, 'plugin.jar')];
    await compileJava(sourcesOf(mode), classes, { javaHome, classPath: join(libsDirectory, '*'), run });
    writeFileSync(manifest, `Implementation-Title: sluice-kafka-plugin\nImplementation-Version: ${pluginHash(mode)}\n`);
    await step(run, join(javaHome, 'bin', 'jar'), ['--create', '--date', JAR_DATE, '--file', jar, '--manifest', manifest, '-C', classes, '.']);
    renameSync(jar, outFile);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A compiler that fails leaves a file in the directory it runs in. */
async function step(run: RunProgram, program: string, args: readonly string[]): Promise<void> {
  const { status, stdout, stderr, isTimedOut } = await run(program, args, { timeoutMs: JVM_STEP_TIMEOUT_MS, cwd: tmpdir() }).catch((error: unknown) => {
    throw installError('PLUGIN_NOT_BUILT', `${program} can't be run: ${(error as Error).message}`, error);
  });
  if (status === 0) return;
  const reason = isTimedOut ? `it took longer than ${JVM_STEP_TIMEOUT_MS} ms` : `${stderr}${stdout}`.trim().slice(0, OUTPUT_TAIL_LENGTH_MAX);
  throw installError('PLUGIN_NOT_BUILT', `${program} ended with ${status ?? 'a signal'}: ${reason}`);
}
