/** Image, compose file and program agree: what one names, the others have. There is no Docker engine where the tests run. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

interface Service { image?: string; build?: { dockerfile: string }; environment: Record<string, string>; volumes: string[]; ports?: string[]; stop_grace_period: string; secrets: string[]; healthcheck?: { test: string[] } }
interface Step { instruction: string; rest: string }

const ROOT = process.cwd();
const compose = parse(readFileSync('docker-compose.yml', 'utf8')) as { services: { platform: Service; postgres: Service }; secrets: Record<string, { file: string }> };
const { platform, postgres } = compose.services;
const text = readFileSync('deploy/Dockerfile', 'utf8');
const { parseDockerfile } = await import(join(ROOT, 'tools', 'lib', 'image-steps.mjs')) as { parseDockerfile(text: string): { name: string; image: string; steps: Step[] }[] };
const stages = parseDockerfile(text);
const last = stages.at(-1)?.steps ?? [];
const of = (instruction: string): string[] => last.filter((step) => step.instruction === instruction).map((step) => step.rest);
const imageEnvironment = Object.fromEntries(of('ENV').join(' ').split(' ').map((pair) => pair.split('=') as [string, string]));

describe('the image', () => {
  it('is built from tags that name a release', () => {
    for (const image of [...stages.map((stage) => stage.image), postgres.image]) expect(image).toMatch(/^[a-z]+:\d+\.\d+(\.\d+)?-bookworm(-slim)?$/);
  });

  it('copies what is there, or what the build makes', () => {
    const made = ['package.json', 'node_modules', 'dist'];
    for (const { steps } of stages) {
      for (const { rest } of steps.filter((step) => step.instruction === 'COPY')) {
        const sources = rest.split(' ').slice(0, -1).filter((word) => !word.startsWith('--')).map((path) => path.replace(/^\/app\//, ''));
        for (const source of sources) expect([source, existsSync(source) || made.includes(source)]).toEqual([source, true]);
      }
    }
  });

  it('has the files that its commands name, at the paths where they are run', () => {
    const commands = [...of('CMD'), ...of('HEALTHCHECK').map((rest) => rest.slice(rest.indexOf('CMD ') + 4))].map((json) => JSON.parse(json) as string[]);
    expect(commands).toHaveLength(2);
    for (const [program, file] of commands) expect([program, existsSync(file as string)]).toEqual(['node', true]);
    expect(readFileSync('tools/health.mjs', 'utf8')).toContain('/health/ready');
  });

  it('runs as an ordinary user who owns the only volume', () => {
    expect(of('USER')).toEqual(['sluice']);
    expect(of('VOLUME')).toEqual([imageEnvironment['SLUICE_HOME']]);
    expect(of('RUN').some((run) => run.includes(`--owner=sluice`) && run.endsWith(String(imageEnvironment['SLUICE_HOME'])))).toBe(true);
  });

  it('holds no secret: none is copied in, none stands in it', () => {
    const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.git', '.sluice', 'deploy/secrets', 'node_modules']));
    expect(text).not.toMatch(/PASSWORD|SECRET|TOKEN|DATABASE_URL/);
  });

  it('brings Java for Apache Kafka: a JDK of at least 17, and Maven', () => {
    const [, version] = /openjdk-(\d+)-jdk-headless/.exec(of('RUN').join('\n')) ?? [];
    expect(Number(version)).toBeGreaterThanOrEqual(17);
    expect(of('RUN').join('\n')).toMatch(/ maven /);
  });
});

describe('the compose file', () => {
  it('sets only what the program reads', () => {
    const read = ['apps/control-plane/src/config.ts', 'tools/lib/database-url.mjs', 'tools/lib/config.mjs'].map((file) => readFileSync(file, 'utf8')).join('\n');
    for (const name of [...Object.keys(platform.environment), ...Object.keys(imageEnvironment)].filter((each) => each !== 'NODE_ENV')) expect([name, read.includes(name)]).toEqual([name, true]);
    const settings = readFileSync('README.md', 'utf8');
    for (const name of Object.keys(platform.environment).filter((each) => each.startsWith('SLUICE_'))) expect([name, settings.includes(`\`${name}\``)]).toEqual([name, true]);
  });

  it('hands the database\'s address over by a file, which each command reads that opens the database', () => {
    expect(Object.keys(platform.environment)).toContain('DATABASE_URL_FILE');
    const commands = readdirSync('tools').filter((name) => name.endsWith('.mjs')).map((name) => ({ name, source: readFileSync(join('tools', name), 'utf8') })).filter(({ source }) => /\bdatabaseUrl\b/.test(source));
    expect(commands.map(({ name }) => name)).toEqual(expect.arrayContaining(['admin-key.mjs', 'backup.mjs', 'secrets-key.mjs']));
    expect(commands.filter(({ source }) => !source.includes('./lib/database-url.mjs') || /process\.env\.DATABASE_URL\b/.test(source))).toEqual([]);
  });

  it('publishes the ports that the platform opens and the image tells of', () => {
    const own = [platform.environment['SLUICE_PORT'], platform.environment['SLUICE_BROKER_PORTS']];
    expect(platform.ports?.map((port) => port.split(':').slice(-2))).toEqual(own.map((port) => [port, port]));
    expect(of('EXPOSE')[0]?.split(' ')).toEqual(own);
  });

  it('keeps the home in a volume', () => expect(platform.volumes.map((volume) => volume.split(':')[1])).toEqual([imageEnvironment['SLUICE_HOME']]));

  it('waits as long as the platform may take to end everything', () => {
    const stop = readFileSync('tools/lib/stop-platform.mjs', 'utf8');
    const limit = (name: string): number => Number(new RegExp(`const ${name}_TIMEOUT_MS = ([\\d_]+)`).exec(stop)?.[1]?.replaceAll('_', ''));
    // Brokers end side by side; the database is another container's.
    const needed = limit('PLATFORM') + limit('BROKER') + limit('KILL');
    expect(needed).toBeGreaterThan(0);
    expect(Number.parseInt(platform.stop_grace_period, 10) * 1_000).toBeGreaterThanOrEqual(needed);
  });

  it('builds the image that stands here', () => expect(existsSync(platform.build?.dockerfile ?? '')).toBe(true));
});

describe('deploy/make-secrets.sh', () => {
  it('makes the files that compose mounts, and that once', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'sluice-secrets-'));
    try {
      mkdirSync(join(scratch, 'deploy'));
      cpSync('deploy/make-secrets.sh', join(scratch, 'deploy', 'make-secrets.sh'));
      const run = () => spawnSync('sh', [join(scratch, 'deploy', 'make-secrets.sh')], { encoding: 'utf8' });
      expect(run()).toMatchObject({ status: 0, stderr: '' });
      const read = (name: string): string => readFileSync(join(scratch, compose.secrets[name]?.file ?? ''), 'utf8').trim();
      const password = read('postgres-password');
      expect(password).toMatch(/^[0-9a-f]{48}$/);
      const { POSTGRES_USER: user, POSTGRES_DB: database } = postgres.environment;
      expect(read('database-url')).toBe(`postgresql://${user}:${password}@postgres:5432/${database}`);
      expect(statSync(join(scratch, 'deploy', 'secrets')).mode & 0o777).toBe(0o700);
      expect(run()).toMatchObject({ status: 1 });
      expect(read('postgres-password')).toBe(password);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});
