import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compilerProblem, findJava, parseJavaVersion, requireJava } from './java-runtime.js';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'sluice-java-')); });
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A home with the given programs in it. */
function home(name: string, ...programs: string[]): string {
  const bin = join(directory, name, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const program of programs) {
    writeFileSync(join(bin, program), '#!/bin/sh\n');
    chmodSync(join(bin, program), 0o755);
  }
  return join(directory, name);
}
const saying = (version: string) => () => Promise.resolve(`Property settings:\n    java.version = ${version}\n\nopenjdk version "${version}" 2025-04-15\n`);

test.each([
  ['    java.home = /opt/jdk 17\n    java.version = 17.0.15\n', 17, '17.0.15', '/opt/jdk 17'],
  ['openjdk version "21" 2023-09-19', 21, '21', null],
  ['java version "1.8.0_392"', 8, '1.8.0_392', null],
  ['openjdk version "24-ea" 2025-03-18', 24, '24-ea', null],
])('reads %s', (said, version, fullVersion, javaHome) => {
  expect(parseJavaVersion(said)).toEqual({ version, fullVersion, home: javaHome });
});

test('what says no version has none', () => expect(parseJavaVersion('Segmentation fault')).toBeNull());

test('a named home comes before PATH, ours before everybody\'s', async () => {
  const [ours, everybodys, path] = [home('ours', 'java', 'javac'), home('everybodys', 'java'), home('path', 'java')];
  const of = async (environment: Record<string, string>) => (await findJava(environment, saying('17.0.1'))).runtime;
  expect(await of({ SLUICE_JAVA_HOME: ours, JAVA_HOME: everybodys, PATH: join(path, 'bin') })).toMatchObject({ source: 'SLUICE_JAVA_HOME', home: ours, version: 17, javac: join(ours, 'bin', 'javac') });
  expect(await of({ JAVA_HOME: everybodys, PATH: join(path, 'bin') })).toMatchObject({ source: 'JAVA_HOME', javac: null });
  expect(await of({ PATH: `${join(directory, 'none')}:${join(path, 'bin')}` })).toMatchObject({ source: 'PATH' });
});

test('says what is wrong and what to do', async () => {
  const problem = async (environment: Record<string, string>, probe = saying('17')) => (await findJava(environment, probe)).problem;
  expect(await problem({ PATH: '' })).toMatch(/^There is no Java on this machine .* Install a JDK of version 17/);
  expect(await problem({ JAVA_HOME: '/none', PATH: join(home('x', 'java'), 'bin') })).toMatch(/^JAVA_HOME is \/none, where there is no bin\/java\./);
  expect(await problem({ JAVA_HOME: home('old', 'java') }, saying('11.0.2'))).toMatch(/^Java 17 or newer is needed, .*old\/bin\/java \(JAVA_HOME\) has 11\./);
  expect(await problem({ JAVA_HOME: home('broken', 'java') }, () => Promise.reject(new Error('Exec format error\nmore')))).toMatch(/doesn't run: Exec format error\. Install/);
  await expect(requireJava({ PATH: '' })).rejects.toMatchObject({ code: 'JAVA_MISSING', retryable: false });
});

test('a runtime without a compiler can run brokers and install nothing', async () => {
  const { runtime } = await findJava({ JAVA_HOME: home('jre', 'java') }, saying('21.0.2'));
  expect(runtime && compilerProblem(runtime)).toMatch(/^There is no javac beside /);
  const { runtime: full } = await findJava({ JAVA_HOME: home('jdk', 'java', 'javac') }, saying('21.0.2'));
  expect(full && compilerProblem(full)).toBeNull();
});
