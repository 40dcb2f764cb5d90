/** Finds the Java that brokers run with. Nothing is downloaded: a machine has Java or it hasn't, and what is missing is said with what to do. */
import { execFile } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { childEnvironment } from '#libs/host';
import { installError } from './install.errors.js';
import { JAVA_PROBE_TIMEOUT_MS, JAVA_VERSION_MIN } from './install.limits.js';

export interface JavaRuntime {
  /** Directory above `bin/java`. */
  home: string;
  java: string;
  /** 17, 21 … */
  version: number;
  /** As Java says it: 17.0.15. */
  fullVersion: string;
  /** Null: a runtime without a compiler. */
  javac: string | null;
  /** Where it was named: SLUICE_JAVA_HOME, JAVA_HOME or PATH. */
  source: string;
}

/** Either a Java that will do, or why there is none and what to do. */
export type JavaFinding = { runtime: JavaRuntime; problem: null } | { runtime: null; problem: string };

export type Environment = Readonly<Record<string, string | undefined>>;

/** Answers what `java -XshowSettings:properties -version` says. Replaced in tests. */
export type JavaProbe = (java: string) => Promise<string>;

const ADVICE = `Install a JDK of version ${JAVA_VERSION_MIN} or newer (a package like openjdk-${JAVA_VERSION_MIN}-jdk-headless), or set SLUICE_JAVA_HOME to one`;

/** A place that was named on purpose is the one to use or to complain of: PATH is looked at only when neither variable is set. */
export async function findJava(environment: Environment, probe: JavaProbe = probeJava): Promise<JavaFinding> {
  const candidate = locate(environment);
  if ('problem' in candidate) return { runtime: null, problem: candidate.problem };
  const { java, source } = candidate;
  let said: string;
  try {
    said = await probe(java);
  } catch (error) {
    return { runtime: null, problem: `${java} (${source}) doesn't run: ${firstLine(error)}. ${ADVICE}` };
  }
  const parsed = parseJavaVersion(said);
  if (!parsed) return { runtime: null, problem: `${java} (${source}) doesn't say which version it is. ${ADVICE}` };
  if (parsed.version < JAVA_VERSION_MIN) return { runtime: null, problem: `Java ${JAVA_VERSION_MIN} or newer is needed, ${java} (${source}) has ${parsed.version}. ${ADVICE}` };
  const home = parsed.home ?? dirname(dirname(java));
  const javac = [join(home, 'bin', 'javac'), join(dirname(java), 'javac')].find(isExecutable) ?? null;
  return { runtime: { home, java, version: parsed.version, fullVersion: parsed.fullVersion, javac, source }, problem: null };
}

/** Why this Java can't install a version; null when it can. Running an installed one needs no compiler. */
export function compilerProblem(runtime: JavaRuntime): string | null {
  return runtime.javac === null ? `There is no javac beside ${runtime.java}: it is a runtime without a compiler, which the plugin for Apache Kafka needs once per installed version. ${ADVICE}` : null;
}

/** The Java of this environment, or an error that says what to do. */
export async function requireJava(environment: Environment, probe: JavaProbe = probeJava): Promise<JavaRuntime> {
  const { runtime, problem } = await findJava(environment, probe);
  if (!runtime) throw installError('JAVA_MISSING', problem);
  return runtime;
}

/** Versions before 9 call themselves 1.8; the settings also tell the home, which a link in /usr/bin doesn't. */
export function parseJavaVersion(said: string): { version: number; fullVersion: string; home: string | null } | null {
  const fullVersion = /^\s*java\.version = (\S+)/m.exec(said)?.[1] ?? /version "([^"]+)"/.exec(said)?.[1];
  const match = fullVersion === undefined ? null : /^(?:1\.)?(\d+)/.exec(fullVersion);
  if (!match || fullVersion === undefined) return null;
  return { version: Number(match[1]), fullVersion, home: /^\s*java\.home = (.+?)\s*$/m.exec(said)?.[1] ?? null };
}

export function locate(environment: Environment): { java: string; source: string } | { problem: string } {
  for (const source of ['SLUICE_JAVA_HOME', 'JAVA_HOME']) {
    const home = environment[source];
    if (!home) continue;
    const java = join(home, 'bin', 'java');
    return isExecutable(java) ? { java, source } : { problem: `${source} is ${home}, where there is no bin/java. ${ADVICE}` };
  }
  for (const directory of (environment['PATH'] ?? '').split(delimiter)) {
    const java = join(directory, 'java');
    if (directory !== '' && isExecutable(java)) return { java: realpathSync(java), source: 'PATH' };
  }
  return { problem: `There is no Java on this machine (looked at SLUICE_JAVA_HOME, JAVA_HOME and PATH). ${ADVICE}` };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function probeJava(java: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(java, ['-XshowSettings:properties', '-version'], { timeout: JAVA_PROBE_TIMEOUT_MS, encoding: 'utf8', env: childEnvironment() }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr.trim() || error.message));
      else resolve(`${stdout}\n${stderr}`);
    });
  });
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!.replace(/\.$/, '');
