/** The README is true: its blocks run as they stand (but for what fetches, starts and installs) and print what it shows. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installations, missingForApacheKafka } from './apache-here.js';
import { startPlatform, type RunningPlatform } from './platform.fixture.js';
import { comparable, keyPaths, readmeBlocks, steps, withoutInstalling } from './readme-blocks.js';

const readme = readFileSync('README.md', 'utf8');
const blocks = readmeBlocks(readme);
const tour = steps(blocks.get('tour')!.run);
const withKcat = tour.filter((step) => /\bkcat -/.test(step));
const byCurl = tour.filter((step) => !withKcat.includes(step));

const python = ['.cache/clients/venv/bin/python3', '.cache/venv/bin/python3', 'python3'].find((each) => (each === 'python3' || existsSync(each)) && works(each, '-c', 'import confluent_kafka'));
const missing = {
  kcat: works('kcat', '-V') ? null : 'kcat is not installed: node tools/clients/install.mjs',
  python: python ? null : 'confluent-kafka is not installed: node tools/clients/install.mjs',
  apacheKafka: missingForApacheKafka('4.3.1'),
};

interface Operation { requestBody: { content: { 'application/json': { examples: Record<string, { value: object }> } } } }

function works(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Runs only where the program is there; otherwise its title says what is missing. */
function itWith(reason: string | null, title: string, test: () => Promise<void>, timeoutMs = 120_000): void {
  const run = reason === null ? it : it.skip;
  run(reason === null ? title : `${title} (skipped: ${reason})`, test, timeoutMs);
}

describe('the README', () => {
  let platform: RunningPlatform;
  let state: string;
  let printed = '';
  beforeAll(async () => {
    platform = await startPlatform({ SLUICE_KAFKA_DIR: installations });
    state = join(platform.home, 'shell-state');
  }, 310_000);
  afterAll(async () => platform?.stop(), 120_000);

  /** One shell after another, each with the variables and functions of the one before, as if they were one. */
  function shell(text: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const script = `[ ! -e "${state}" ] || . "${state}"\nset -eua -o pipefail\n${withoutInstalling(text)}\nset +a\n{ export -p; declare -f; } > "${state}"\n`;
    const child = spawn('bash', ['-c', script], { env: platform.environment });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => { output.stdout += chunk.toString(); });
    child.stderr.on('data', (chunk: Buffer) => { output.stderr += chunk.toString(); });
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...output })));
  }
  async function run(text: string): Promise<string> {
    const { code, stdout, stderr } = await shell(text);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  }

  it('has the blocks that are run here, and what they show', () => {
    expect([...blocks.keys()]).toEqual(['tour', 'kafkajs', 'python', 'look', 'kafka']);
    for (const [name, { shows }] of blocks) expect([name, typeof shows]).toEqual([name, 'string']);
    expect([tour.length, withKcat.length]).toEqual([6, 1]);
    expect(readme.match(/```bash/g)).toHaveLength(blocks.size);
  });

  it('a wrong route in it would be found', async () => {
    const planted = byCurl.slice(0, 3).join('').replace('/org/v2/environments', '/org/v2/environment');
    const { code, stderr } = await shell(planted);
    expect(code).not.toBe(0);
    expect(stderr).toContain('404');
  }, 60_000);

  it('the tour\'s curl lines make a cluster, a topic, ACLs and a key', async () => {
    printed = await run(byCurl.join(''));
    const shown = comparable(blocks.get('tour')!.shows!);
    expect(comparable(printed)).toEqual(shown.filter((line) => /^cluster |the key KEY$/.test(line)));
  }, 120_000);

  itWith(missing.kcat, 'the tour\'s kcat lines write records and read them', async () => {
    printed += await run(withKcat.join(''));
    expect(comparable(printed)).toEqual(comparable(blocks.get('tour')!.shows!));
  });

  it('kafkajs goes on where the group was left', async () => {
    expect(comparable(await run(blocks.get('kafkajs')!.run))).toEqual(comparable(blocks.get('kafkajs')!.shows!));
  }, 60_000);

  itWith(missing.python, 'confluent-kafka for Python goes on where the group was left', async () => {
    const text = blocks.get('python')!.run.replaceAll('.cache/venv/bin/python3', python!);
    expect(comparable(await run(text))).toEqual(comparable(blocks.get('python')!.shows!));
  });

  it('the JSON it shows has the keys of the platform\'s own answer', async () => {
    const { run: command, shows } = blocks.get('look')!;
    expect(keyPaths(JSON.parse(await run(command)))).toEqual(keyPaths(JSON.parse(shows!)));
  }, 60_000);

  itWith(missing.apacheKafka, 'three brokers of Apache Kafka: the one that leads is killed, and comes back', async () => {
    expect(comparable(await run(blocks.get('kafka')!.run))).toEqual(comparable(blocks.get('kafka')!.shows!));
    await run('sluice -X DELETE "$API/cmk/v2/clusters/$KAFKA?environment=$ENVIRONMENT"');
  }, 400_000);

  it('its table of routes names none that isn\'t there, and every group', async () => {
    const document = await (await fetch(`${platform.url}/openapi.json`)).json() as { paths: Record<string, object> };
    const plain = (path: string): string => path.replaceAll(/\{\w+\}/g, '{}');
    const paths = Object.keys(document.paths).map(plain);
    const table = readme.slice(readme.indexOf('## What works'), readme.indexOf('## What doesn\'t')).split('\n\n').find((part) => part.startsWith('| group |'))!;
    const rows = [...table.matchAll(/^\| `([\w-]+)` \| (.*?) \|/gm)];
    for (const [, group, routes] of rows) {
      expect([group, (await fetch(`${platform.url}/openapi/${group}.json`)).status]).toEqual([group, 200]);
      const [first, ...others] = [...routes!.matchAll(/`([^`]+)`/g)].map(([, path]) => plain(path!).replace(/^…/, ''));
      expect(paths.some((path) => path.startsWith(first!))).toBe(true);
      for (const each of others) expect([each, paths.some((path) => path.startsWith(each) || path.startsWith(`/${first!.split('/').slice(1, 3).join('/')}${each}`) || path.includes(`}${each}`))]).toEqual([each, true]);
    }
    const served = new Set(Object.keys(document.paths).map((path) => path.split('/').slice(1, 3).join('/')));
    for (const prefix of served) expect(table).toContain(`/${prefix}/`);
  }, 60_000);

  it('what Swagger UI offers for topics makes, grows and configures them, as it stands', async () => {
    const document = await (await fetch(`${platform.url}/openapi.json`)).json() as { paths: Record<string, Record<string, Operation>> };
    const { apiKey, apiSecret } = JSON.parse(readFileSync(join(platform.home, 'admin.json'), 'utf8')) as { apiKey: string; apiSecret: string };
    const cluster = /lkc-[a-z0-9]+/.exec(printed)![0];
    const statuses: Record<string, number> = {};
    const offer = async (path: string, method: string, topic: string): Promise<void> => {
      for (const [name, { value }] of Object.entries(document.paths[`/kafka/v3/clusters/{cluster_id}${path}`]![method]!.requestBody.content['application/json'].examples)) {
        const url = `${platform.url}/kafka/v3/clusters/${cluster}${path.replace('{topic_name}', topic)}`;
        const headers = { authorization: `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`, 'content-type': 'application/json' };
        statuses[`${method} ${path} ${name}`] = (await fetch(url, { method: method.toUpperCase(), headers, body: JSON.stringify({ ...value, ...(name === 'plain' ? { topic_name: 'offered' } : {}) }) })).status;
      }
    };
    await offer('/topics', 'post', '');
    await offer('/topics/{topic_name}', 'patch', 'offered');
    await offer('/topics/{topic_name}/configs:alter', 'post', 'offered');
    await offer('/broker-configs:alter', 'post', '');
    expect(statuses).toEqual({
      'post /topics plain': 201, 'post /topics configured': 201, 'post /topics checked': 200, 'patch /topics/{topic_name} more': 200,
      'post /topics/{topic_name}/configs:alter alter': 204, 'post /topics/{topic_name}/configs:alter checked': 204,
      'post /broker-configs:alter alter': 204, 'post /broker-configs:alter checked': 204,
    });
  }, 60_000);

  it('its table of settings is that of the program', () => {
    const program = readFileSync('apps/control-plane/src/config.ts', 'utf8');
    // Where the build stands is told by `npm start` itself.
    const known = new Set([...program.matchAll(/'(SLUICE_[A-Z_]+|DATABASE_URL)'/g)].map(([, name]) => name!).filter((name) => name !== 'SLUICE_BROKER_BUNDLE'));
    const told = [...readme.matchAll(/^\| `(SLUICE_[A-Z_]+|DATABASE_URL)` \|/gm)].map(([, name]) => name!);
    expect(told.sort()).toEqual([...known].sort());
  });
});
