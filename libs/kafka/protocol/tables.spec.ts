/** Compares our tables with the message definitions inside Apache Kafka's jars: those that tools/kafka-lab has fetched, or KAFKA_LIBS. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

interface UpstreamField { name: string; type: string; versions?: string; nullableVersions?: string; tag?: number; taggedVersions?: string; fields?: UpstreamField[] }
interface Upstream { name: string; apiKey?: number; validVersions: string; flexibleVersions: string; fields: UpstreamField[] }
interface Field { name: string; type: string; versions: [number, number]; nullable: [number, number] | null; tag: number | null; fields: Field[] }

const fetched = join(process.env.KAFKA_LAB_HOME ?? join(homedir(), '.cache', 'kafka-lab'), 'libs');
const libs = process.env.KAFKA_LIBS ?? (existsSync(fetched) ? fetched : undefined);
const describeWithKafka = libs ? describe : describe.skip;

const EXTRACT = `
import glob, json, re, sys, zipfile
for jar in sorted(glob.glob(sys.argv[1] + '/kafka*.jar') + glob.glob(sys.argv[1] + '/*coordinator*.jar')):
    with zipfile.ZipFile(jar) as z:
        for n in z.namelist():
            if re.match(r'common/(message|metadata)/.*\\.json$', n):
                print(json.dumps(json.loads(re.sub(r'/\\*.*?\\*/|(^|\\s)//[^\\n]*$', '', z.read(n).decode(), flags=re.M | re.S))))
`;

function range(text: string, [low, high]: [number, number]): [number, number] {
  if (text.endsWith('+')) return [Math.max(low, Number(text.slice(0, -1))), high];
  const [from, to] = text.split('-').map(Number) as [number, number | undefined];
  return [Math.max(low, from), Math.min(high, to ?? from)];
}

describeWithKafka(`tables against Apache Kafka${libs ? '' : ' (skipped: no jars of it here, tools/kafka-lab setup fetches them)'}`, () => {
  it('have the same fields, types, versions, nullability and tags', async () => {
    const { parseTable } = (await import('../../../tools/codec/parse-table.mjs' as string)) as { parseTable(text: string): { name: string; versions: [number, number]; fields: Field[] }[] };
    const lines = execFileSync('python3', ['-c', EXTRACT, libs!], { maxBuffer: 1 << 28 }).toString().trim().split('\n');
    const upstream = new Map(lines.map((line) => JSON.parse(line) as Upstream).map((m) => [m.name, m]));
    const directory = new URL('./tables/', import.meta.url).pathname;
    let compared = 0;
    for (const name of readdirSync(directory).filter((n) => n.endsWith('.table'))) {
      for (const message of parseTable(readFileSync(join(directory, name), 'utf8'))) {
        if (message.name.startsWith('Sluice')) continue;
        const theirs = upstream.get(message.name);
        expect(theirs ? message.name : `${message.name} is unknown upstream`).toBe(message.name);
        compareFields(message.name, message.fields, theirs!.fields, message.versions);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(80);
  });
});

function compareFields(owner: string, ours: Field[], theirs: UpstreamField[], versions: [number, number]): void {
  const inRange = theirs.filter((f) => { const [from, to] = range(f.taggedVersions ?? f.versions ?? '0+', versions); return from <= to; });
  expect(`${owner}: ${ours.map((f) => f.name.toLowerCase()).join()}`).toBe(`${owner}: ${inRange.map((f) => f.name.toLowerCase()).join()}`);
  ours.forEach((field, index) => {
    const their = inRange[index]!;
    const where = `${owner}.${field.name}`;
    expect(`${where} ${field.type}`).toBe(`${where} ${their.type}`);
    expect([where, ...field.versions]).toEqual([where, ...range(their.taggedVersions ?? their.versions ?? '0+', versions)]);
    expect([where, field.tag]).toEqual([where, their.tag ?? null]);
    const nullable = their.nullableVersions && their.nullableVersions !== 'none' ? range(their.nullableVersions, versions) : null;
    expect([where, field.nullable]).toEqual([where, nullable]);
    if (their.fields && field.fields.length) compareFields(where, field.fields, their.fields, versions);
  });
}
