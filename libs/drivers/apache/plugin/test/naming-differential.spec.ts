/** The platform and a broker of Apache Kafka judge by two programs: for policies and names from a seed, verdicts and messages must be the same, letter for letter. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { compileNamingPolicy, NamingPolicyFailure, type CompiledNamingPolicy, type NamingPolicyInput } from '#libs/naming';
import { runProgram } from '../../install-program.js';
import { buildPlugin, compileJava, javaSources, pluginDirectory } from '../build-plugin.js';
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

(typeof kafka === 'string' ? describe.skip : describe)(`naming in Java and in TypeScript${typeof kafka === 'string' ? ` (skipped: ${kafka})` : ''}`, () => {
  if (typeof kafka === 'string') return;
  const directory = mkdtempSync(join(tmpdir(), 'sluice-plugin-'));
  const [jar, classes] = [join(directory, 'plugin.jar'), join(directory, 'tests')];
  const classPath = [jar, join(kafka.libsDirectory, '*')].join(delimiter);
  const run = (mainClass: string, input: string) =>
    runProgram(join(kafka.javaHome, 'bin', 'java'), ['-Xmx128m', '-cp', [classes, classPath].join(delimiter), mainClass], { timeoutMs: TIMEOUT_MS, input });

  beforeAll(async () => {
    await buildPlugin({ ...kafka, mode: 'kraft', outFile: jar });
    await compileJava(javaSources(join(pluginDirectory(), 'test', 'java')), classes, { javaHome: kafka.javaHome, classPath });
  }, TIMEOUT_MS);
  afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

  it('judges, explains and proposes alike', async () => {
    const cases = createNamingCases(20_260_701);
    const asked = Array.from({ length: POLICIES }, () => {
      const policy = cases.policy();
      const compiled = compiledOrNull(policy);
      return { policy, compiled, names: cases.names(compiled) };
    });
    const answer = await run('io.sluice.kafka.NamingJudge', asked.map(({ policy, names }) => JSON.stringify({ policy, names })).join('\n'));
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

  it('holds up in its own tests', async () => {
    const { status, stdout, stderr } = await run('io.sluice.kafka.PluginTest', '');
    expect({ status, stderr: stderr.split('\n').filter((line) => line.startsWith('FAILED')) }).toEqual({ status: 0, stderr: [] });
    expect(stdout).toMatch(/^passed \d+$/m);
  }, TIMEOUT_MS);
});
