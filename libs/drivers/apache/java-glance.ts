/** Whether there is a Java that will do, told without running it: a JDK says in its `release` file which version it is. */
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { JAVA_VERSION_MIN } from './install.limits.js';
import { locate, parseJavaVersion, type Environment } from './java-runtime.js';

/** Why there is none; null too when only running it would tell. */
export function javaProblem(environment: Environment): string | null {
  const candidate = locate(environment);
  if ('problem' in candidate) return candidate.problem;
  const { java, source } = candidate;
  const version = releasedVersion(java);
  if (version === null || version >= JAVA_VERSION_MIN) return null;
  return `Java ${JAVA_VERSION_MIN} or newer is needed, ${java} (${source}) has ${version}. Install a JDK of version ${JAVA_VERSION_MIN} or newer, or set SLUICE_JAVA_HOME to one`;
}

function releasedVersion(java: string): number | null {
  try {
    const text = readFileSync(join(dirname(dirname(realpathSync(java))), 'release'), 'utf8');
    return parseJavaVersion(`version ${/^JAVA_VERSION=("[^"]+")/m.exec(text)?.[1] ?? ''}`)?.version ?? null;
  } catch {
    return null;
  }
}
