import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify } from '#libs/host';
import { jarName, readCatalogue, type Catalogue, type CatalogueVersion } from './catalogue/catalogue.js';
import { createInstaller, isFetched, type Installer, type InstallerOptions, type PluginTools } from './install.js';
import { tryLock, unlock, withLock } from './install-lock.js';
import { MAVEN_ENVIRONMENT, mavenFailure, pomOf } from './install-maven.js';
import { runProgram, type RunProgram } from './install-program.js';

const contents = (name: string): string => `the bytes of ${name}`;
const artifact = (group: string, name: string, version: string): CatalogueVersion['artifacts'][number] => {
  const bytes = contents(`${name}-${version}.jar`);
  return { group, artifact: name, version, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
};
const wanted: CatalogueVersion = {
  version: '3.9.2', scalaVersion: '2.13', modes: ['kraft', 'zookeeper'], javaMin: 17, upgradesFrom: [], metadataVersion: '3.9-IV0', zookeeperVersion: '3.8.4',
  definitions: new Map(),
  artifacts: [artifact('org.apache.kafka', 'kafka_2.13', '3.9.2'), artifact('org.apache.kafka', 'kafka-clients', '3.9.2'), artifact('com.example', 'helper', '1.0')],
};
const catalogue: Catalogue = { versions: [wanted], find: (version) => (version === wanted.version ? wanted : null) };

let directory: string;
let root: string;
let lines: string[];
let runs: number;
let hash: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-install-'));
  root = join(directory, 'kafka');
  [lines, runs, hash] = [[], 0, 'aaaa'];
});
afterEach(() => {
  spawnedChildren.splice(0).forEach((child) => child.kill('SIGKILL'));
  rmSync(directory, { recursive: true, force: true });
});
const spawnedChildren: ReturnType<typeof spawn>[] = [];

const plugin: PluginTools = {
  hash: (mode) => `${hash}${mode.length}`,
  build: ({ outFile, mode }) => Promise.resolve(writeFileSync(outFile, `classes for ${mode}`)),
  definitions: () => Promise.resolve([{ name: 'num.io.threads', type: 'int', defaultValue: '8', validator: '[1,...]', updateMode: 'cluster-wide' }]),
};

/** Puts the jars where Maven would, after telling of each. */
const maven = (change: (libs: string) => void = () => undefined): RunProgram => async (program, args, { onLine, environment, inherits }) => {
  runs++;
  expect([environment, inherits]).toEqual([{ JAVA_HOME: '/jdk' }, MAVEN_ENVIRONMENT]);
  expect(program).toBe('mvn');
  const libs = args.find((arg) => arg.startsWith('-DoutputDirectory='))!.slice('-DoutputDirectory='.length);
  for (const each of wanted.artifacts) {
    onLine?.(`[INFO] Downloading from somewhere: there/${jarName(each)}`);
    onLine?.(`[INFO] Downloaded from somewhere: there/${jarName(each)} (1 kB at 2 kB/s)`);
    writeFileSync(join(libs, jarName(each)), contents(jarName(each)));
    await Promise.resolve();
  }
  change(libs);
  return { status: 0, stdout: '', stderr: '', isTimedOut: false };
};

function installer(more: Partial<InstallerOptions> = {}): Installer {
  const findJava: InstallerOptions['findJava'] = () => Promise.resolve({ home: '/jdk', java: '/jdk/bin/java', javac: '/jdk/bin/javac', version: 17, fullVersion: '17.0.1', source: 'PATH' });
  return createInstaller({ root, environment: {}, plugin, catalogue, run: maven(), findJava, ...more });
}
const install = (more: Partial<InstallerOptions> = {}): Promise<unknown> => installer(more).install('3.9.2', (line) => lines.push(line));

test('fetches, checks, compiles and asks, with progress; the second time there is nothing to do', async () => {
  expect(installer().find('3.9.2')).toBeNull();
  await install();
  expect(lines).toEqual([
    '3.9.2: 0 of 3 artifacts', '3.9.2: 1 of 3 artifacts', '3.9.2: 2 of 3 artifacts', '3.9.2: 3 of 3 artifacts', '3.9.2: 3 of 3 artifacts, checksums are right',
    '3.9.2: compiling the plugin (kraft)', '3.9.2: compiling the plugin (zookeeper)', '3.9.2: asking it which settings it knows', '3.9.2: installed',
  ]);
  expect(readdirSync(root)).toEqual(['3.9.2']);
  expect(readdirSync(join(root, '3.9.2')).sort()).toEqual(['configs-aaaa5.json', 'installed.json', 'libs', 'plugin-kraft-aaaa5.jar', 'plugin-zookeeper-aaaa9.jar']);
  const found = installer().find('3.9.2')!;
  expect(found.definitions.get('num.io.threads')).toMatchObject({ updateMode: 'cluster-wide' });
  expect(found.classPath('zookeeper')).toBe(`${join(root, '3.9.2', 'plugin-zookeeper-aaaa9.jar')}:${join(root, '3.9.2', 'libs', '*')}`);
  await install({ run: () => Promise.reject(new Error('not again')) });
});

test('a plugin that changed is compiled beside the one that brokers run with, and nothing is fetched', async () => {
  await install();
  hash = 'bbbb';
  expect([installer().find('3.9.2'), isFetched(root, '3.9.2'), isFetched(root, '4.3.1')]).toEqual([null, true, false]);
  await install();
  expect(runs).toBe(1);
  expect(readdirSync(join(root, '3.9.2')).filter((name) => name.startsWith('plugin-kraft')).sort()).toEqual(['plugin-kraft-aaaa5.jar', 'plugin-kraft-bbbb5.jar']);
});

test.each<[string, (libs: string) => void, string, RegExp]>([
  ['a jar that is another', (libs) => writeFileSync(join(libs, 'helper-1.0.jar'), 'else'), 'CHECKSUM_WRONG', /helper-1\.0\.jar is not the file that was pinned .*com\/example\/helper\/1\.0/],
  ['a jar that is missing', (libs) => rmSync(join(libs, 'helper-1.0.jar')), 'ARTIFACTS_UNAVAILABLE', /all but helper-1\.0\.jar/],
])('%s', async (_name, change, code, message) => {
  await expect(install({ run: maven(change) })).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  expect(readdirSync(root)).toEqual([]);
  await install();
});

test('what was fetched and isn\'t pinned doesn\'t come on the class path', async () => {
  await install({ run: maven((libs) => writeFileSync(join(libs, 'evil.jar'), '')) });
  expect(readdirSync(join(root, '3.9.2', 'libs'))).not.toContain('evil.jar');
});

test('what a killed attempt left is removed, its lock taken over', async () => {
  mkdirSync(join(root, '3.9.2.partial-999999-1', 'libs'), { recursive: true });
  mkdirSync(join(root, '3.9.2', 'libs'), { recursive: true });
  writeFileSync(join(root, '3.9.2.lock'), JSON.stringify({ pid: 999_999_999, startTime: '1' }));
  await install();
  expect(readdirSync(root)).toEqual(['3.9.2']);
});

test('two at once in one process are one installation, told to both', async () => {
  const one = installer();
  const others: string[] = [];
  const [first, second] = await Promise.all([one.install('3.9.2', (line) => lines.push(line)), one.install('3.9.2', (line) => others.push(line))]);
  expect(first).toBe(second);
  expect(runs).toBe(1);
  expect(others.at(-1)).toBe('3.9.2: installed');
});

test('a living holder in another process is waited for, a dead one isn\'t', async () => {
  const path = join(directory, 'x.lock');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  spawnedChildren.push(child);
  writeFileSync(path, JSON.stringify(identify(child.pid!)));
  expect(tryLock(path)).toMatchObject({ pid: child.pid });
  const waited: number[] = [];
  const work = withLock(path, ({ pid }) => {
    waited.push(pid);
    child.kill('SIGKILL');
  }, () => Promise.resolve('done'));
  expect(await work).toBe('done');
  expect(waited).toEqual([child.pid]);
  expect(readdirSync(directory)).toEqual([]);
  expect(tryLock(path)).toBeNull();
  expect(tryLock(path)).toMatchObject({ pid: process.pid });
  unlock(path);
});

test('says what is missing and what to do', async () => {
  await expect(installer().install('4.4.0', () => undefined)).rejects.toMatchObject({ code: 'VERSION_UNKNOWN', message: expect.stringContaining('there is 3.9.2') });
  await expect(install({ run: () => Promise.reject(Object.assign(new Error('spawn mvn ENOENT'), { code: 'ENOENT' })) })).rejects.toMatchObject({ code: 'MAVEN_MISSING', message: expect.stringMatching(/no mvn on PATH: install it .* SLUICE_KAFKA_HOME/) });
  await expect(install({ run: () => Promise.resolve({ status: null, stdout: '', stderr: '', isTimedOut: true }) })).rejects.toMatchObject({ code: 'ARTIFACTS_UNAVAILABLE', retryable: true });
  await expect(install({ findJava: () => Promise.resolve({ home: '/jre', java: '/jre/bin/java', javac: null, version: 17, fullVersion: '17', source: 'PATH' }) })).rejects.toMatchObject({ code: 'JAVA_MISSING', message: expect.stringContaining('no javac') });
  await expect(install({ plugin: { ...plugin, build: () => Promise.reject(new Error('cannot find symbol')) } })).rejects.toMatchObject({ code: 'PLUGIN_NOT_BUILT', message: expect.stringContaining('cannot find symbol') });
  expect(readdirSync(root)).toEqual([]);
  writeFileSync(join(directory, 'file'), '');
  await expect(install({ root: join(directory, 'file', 'kafka') })).rejects.toThrow();
});

test.each([
  ['[ERROR] Failed to execute goal on project kafka: Could not resolve dependencies: Could not transfer artifact a:b:jar:1 from/to central (https://example.org/maven2): Connection refused -> [Help 1]', 'ARTIFACTS_UNAVAILABLE', /can't reach .*Connection refused\): see to the network or to the mirror/],
  ['[ERROR] Plugin x could not be resolved: Cannot access central (https://example.org/maven2) in offline mode and the artifact has not been downloaded -> [Help 1]', 'ARTIFACTS_UNAVAILABLE', /offline mode/],
  ['[ERROR] Could not find artifact a:b:jar:1 in central (https://example.org/maven2) -> [Help 1]', 'ARTIFACTS_UNAVAILABLE', /repositories lack a part .*Could not find artifact a:b:jar:1 in central/],
  ['[ERROR] Could not copy: No space left on device', 'DISK_FULL', /make room/],
  ['[ERROR] The goal you specified requires Java 21', 'INSTALL_FAILED', /requires Java 21/],
  ['', 'INSTALL_FAILED', /could not fetch/],
  ['ended early\nPicked up JAVA_TOOL_OPTIONS: -Dhttps.proxyPassword=topsecret\nNOTE: Picked up JDK_JAVA_OPTIONS: -Dx=topsecret', 'INSTALL_FAILED', /: ended early$/],
])('Maven\'s words are told without addresses and options: %s', (output, code, message) => {
  const failure = mavenFailure('3.9.2', output);
  expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(failure.message).not.toMatch(/example\.org|topsecret/);
});

describe('an Apache Kafka that is there already', () => {
  const home = (...names: string[]): string => {
    mkdirSync(join(directory, 'home', 'libs'), { recursive: true });
    for (const name of names) writeFileSync(join(directory, 'home', 'libs', name), contents(name));
    return join(directory, 'home');
  };
  const whole = ['kafka_2.13-3.9.2.jar', 'kafka-clients-3.9.2.jar', 'jackson-databind-2.16.2.jar', 'zookeeper-3.8.4.jar', 'kafka-clients-3.9.2-test.jar', 'kafka_2.13-3.9.2-sources.jar'];

  it.each(['SLUICE_KAFKA_HOME', 'KAFKA_HOME'])('named by %s is copied', async (name) => {
    await install({ environment: { [name]: home(...whole) } });
    expect(runs).toBe(0);
    expect(readdirSync(join(root, '3.9.2', 'libs')).sort()).toEqual(whole.slice(0, 4).sort());
    rmSync(join(directory, 'home'), { recursive: true });
    expect(installer().find('3.9.2')).not.toBeNull();
    expect(JSON.parse(readFileSync(join(root, '3.9.2', 'installed.json'), 'utf8'))).toMatchObject({ source: { kind: 'kafka-home' }, jars: 4 });
  });
  it('of another version is left alone', async () => {
    await install({ environment: { SLUICE_KAFKA_HOME: home('kafka_2.13-3.8.0.jar') } });
    expect(runs).toBe(1);
  });
  it('that isn\'t one, or isn\'t whole, is said so', async () => {
    await expect(install({ environment: { SLUICE_KAFKA_HOME: directory } })).rejects.toMatchObject({ code: 'KAFKA_HOME_UNSUITABLE' });
    await expect(install({ environment: { KAFKA_HOME: home('kafka_2.13-3.9.2.jar', 'kafka-clients-3.9.2.jar') } })).rejects.toMatchObject({ code: 'KAFKA_HOME_UNSUITABLE', message: expect.stringContaining('jackson-databind') });
    await install({ environment: { KAFKA_HOME: directory } });
  });
});

test('a POM asks for what is pinned and nothing that it would bring along', () => {
  for (const version of readCatalogue().versions) {
    const pom = pomOf(version);
    expect(pom.match(/<dependency>/g)).toHaveLength(version.artifacts.length);
    expect(pom.match(/<exclusion><groupId>\*<\/groupId><artifactId>\*<\/artifactId>/g)).toHaveLength(version.artifacts.length);
  }
});

describe('running a program', () => {
  const script = (text: string): string => {
    const path = join(directory, 'program');
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  it('answers what it said, line by line too', async () => {
    const said: string[] = [];
    const result = await runProgram(script('cat; echo two; printf three; echo no >&2; exit 3'), [], { timeoutMs: 20_000, input: 'one\n', onLine: (line) => said.push(line) });
    expect(result).toEqual({ status: 3, stdout: 'one\ntwo\nthree', stderr: 'no\n', isTimedOut: false });
    expect(said).toEqual(['one', 'two']);
  });
  it('tells it nothing of this one\'s environment but what it needs', async () => {
    const secrets = { DATABASE_URL: 'postgresql://u:topsecret@h/db', SLUICE_HOME: '/topsecret', AWS_SECRET_ACCESS_KEY: 'topsecret', NODE_OPTIONS: '--title=topsecret' };
    const maven = { MAVEN_OPTS: '-Dmine=1', MAVEN_MIRROR_LOGIN: 'mine', JAVA_TOOL_OPTIONS: '-Dmine=2', JDK_JAVA_OPTIONS: '-Dmine=3', HTTPS_PROXY: 'http://mine:1', no_proxy: 'mine' };
    const before = { ...process.env };
    Object.assign(process.env, secrets, maven);
    try {
      const said = async (options: Partial<Parameters<RunProgram>[2]>): Promise<string[]> => (await runProgram(script('env'), [], { timeoutMs: 20_000, ...options })).stdout.trim().split('\n');
      const plain = await said({});
      expect(plain.filter((line) => /topsecret|mine/.test(line))).toEqual([]);
      expect(plain).toContain(`PATH=${process.env['PATH']}`);
      const forMaven = await said({ inherits: MAVEN_ENVIRONMENT, environment: { JAVA_HOME: '/jdk' } });
      expect(forMaven.join()).not.toContain('topsecret');
      for (const [name, value] of Object.entries({ ...maven, JAVA_HOME: '/jdk' })) expect(forMaven).toContain(`${name}=${value}`);
    } finally {
      for (const name of [...Object.keys(secrets), ...Object.keys(maven)]) if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
    }
  });
  it('ends it at its limit, and says when there is none', async () => {
    expect(await runProgram(script('exec sleep 60'), [], { timeoutMs: 50 })).toMatchObject({ status: null, isTimedOut: true });
    await expect(runProgram(join(directory, 'none'), [], { timeoutMs: 50 })).rejects.toMatchObject({ code: 'ENOENT' });
    expect(existsSync(directory)).toBe(true);
  });
  it('waits beyond its limit for nobody whom it has started', async () => {
    const file = join(directory, 'child');
    try {
      expect(await runProgram(script(`sleep 60 & echo $! > ${file}; wait`), [], { timeoutMs: 2_000 })).toMatchObject({ status: null, isTimedOut: true });
      expect(identify(Number(readFileSync(file, 'utf8')))).not.toBeNull();
    } finally {
      process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
    }
  }, 30_000);
});
