/**
 * The plugin, compiled and run. The platform and a broker of Apache Kafka judge names by two programs: for policies and names from a seed, verdicts and messages
 * must be the same, letter for letter.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { compileNamingPolicy, NamingPolicyFailure, type CompiledNamingPolicy, type NamingPolicyInput } from '#libs/naming';
import { openPki } from '#libs/pki';
import { runProgram } from '../../install-program.js';
import { buildPlugin, compileJava, javaSources, pluginDirectory, pluginHash, sourcesOf } from '../build-plugin.js';
import { findKafka } from './kafka.fixture.js';
import { createNamingCases, objectionsOf } from './naming-cases.fixture.js';

const kafka = findKafka();
const POLICIES = 400;
const TIMEOUT_MS = 300_000;

function compiledOrNull(policy: NamingPolicyInput): CompiledNamingPolicy | null {
  try {
    return compileNamingPolicy(policy);
  } catch (error) {
    if (error instanceof NamingPolicyFailure) return null;
    throw error;
  }
}

/** The same name twice, as before and after a renewal. */
async function makeCertificates(directory: string): Promise<void> {
  mkdirSync(directory);
  const pki = await openPki({ directory: join(directory, 'pki') });
  writeFileSync(join(directory, 'ca.pem'), pki.caPem);
  for (const name of ['first.pem', 'second.pem']) await pki.ensureLeaf(join(directory, name), { commonName: 'lkc-test1', hosts: ['localhost'], usage: 'peer' });
}

(typeof kafka === 'string' ? describe.skip : describe)(`plugin for Apache Kafka${typeof kafka === 'string' ? ` (skipped: ${kafka})` : ''}`, () => {
  if (typeof kafka === 'string') {
    it('is compiled and run', () => undefined);
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'sluice-plugin-'));
  const [jar, classes] = [join(directory, 'plugin.jar'), join(directory, 'tests')];
  const classPath = join(kafka.libsDirectory, '*');
  const run = (input: string, ...program: string[]) =>
    runProgram(join(kafka.javaHome, 'bin', 'java'), ['-Xmx128m', '-cp', [classes, classPath].join(delimiter), ...program], { timeoutMs: TIMEOUT_MS, input });

  beforeAll(async () => {
    await buildPlugin({ ...kafka, mode: 'kraft', outFile: jar });
    // Of the classes for ZooKeeper it is the one that needs no older Kafka.
    const startGate = sourcesOf('zookeeper').filter((file) => basename(file) === 'StartGate.java');
    await compileJava([...sourcesOf('kraft'), ...startGate, ...javaSources(join(pluginDirectory(), 'test', 'java'))], classes, { javaHome: kafka.javaHome, classPath, isStrict: true });
  }, TIMEOUT_MS);
  afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

  it('judges, explains and proposes names as the platform does', async () => {
    const cases = createNamingCases(20_260_701);
    const asked = Array.from({ length: POLICIES }, () => {
      const policy = cases.policy();
      const compiled = compiledOrNull(policy);
      return { policy, compiled, names: cases.names(compiled) };
    });
    const answer = await run(asked.map(({ policy, names }) => JSON.stringify({ policy, names })).join('\n'), 'io.sluice.kafka.NamingJudge');
    expect(answer.stderr).toBe('');
    const lines = answer.stdout.trim().split('\n').map((line) => JSON.parse(line) as { refused?: string; objections?: (string | null)[][] });
    expect(lines).toHaveLength(asked.length);
    const verdicts = { refused: 0, fitting: 0, objected: 0 };
    for (const [index, { policy, compiled, names }] of asked.entries()) {
      const { refused, objections } = lines[index]!;
      if (compiled === null) {
        expect({ policy, refused }).toEqual({ policy, refused: expect.any(String) });
        verdicts.refused += 1;
        continue;
      }
      const expected = names.map((name) => objectionsOf(compiled, name));
      expect({ policy, refused, names, objections }).toEqual({ policy, names, objections: expected });
      for (const [objection] of expected) verdicts[objection === null ? 'fitting' : 'objected'] += 1;
    }
    // Neither side is of one opinion only.
    expect(Math.min(verdicts.refused, verdicts.fitting, verdicts.objected)).toBeGreaterThan(40);
  }, TIMEOUT_MS);

  it('asks a version for its settings', async () => {
    const { stdout } = await run('', 'io.sluice.kafka.ConfigDefinitions');
    const definitions = JSON.parse(stdout) as Record<string, unknown>[];
    expect(definitions.find(({ name }) => name === 'num.partitions')).toMatchObject({ type: 'int', isRequired: false, defaultValue: '1', validator: '[1,...]', updateMode: 'read-only' });
    expect(definitions.find(({ name }) => name === 'log.retention.ms')).toMatchObject({ type: 'long', defaultValue: null, updateMode: 'cluster-wide' });
  }, TIMEOUT_MS);

  it('compiles to the same jar each time', async () => {
    const again = join(directory, 'again.jar');
    await buildPlugin({ ...kafka, mode: 'kraft', outFile: again });
    expect(readFileSync(again).equals(readFileSync(jar))).toBe(true);
    expect(pluginHash('kraft')).toMatch(/^[0-9a-f]{16}$/);
    expect(pluginHash('kraft')).not.toBe(pluginHash('zookeeper'));
  }, TIMEOUT_MS);

  it('says why it can\'t be compiled, and leaves nothing', async () => {
    const empty = mkdtempSync(join(directory, 'no-jars-'));
    const outFile = join(empty, 'plugin.jar');
    await expect(buildPlugin({ javaHome: kafka.javaHome, libsDirectory: empty, mode: 'kraft', outFile })).rejects.toMatchObject({ code: 'PLUGIN_NOT_BUILT', message: expect.stringContaining('package') });
    expect(readdirSync(empty)).toEqual([]);
  }, TIMEOUT_MS);

  it('holds up in its own tests', async () => {
    await makeCertificates(join(directory, 'tls'));
    const { status, stdout, stderr } = await run('', 'io.sluice.kafka.PluginTest', directory);
    expect({ status, stderr: stderr.split('\n').filter((line) => line.startsWith('FAILED')) }).toEqual({ status: 0, stderr: [] });
    expect(stdout).toMatch(/^passed \d+$/m);
  }, TIMEOUT_MS);
});
