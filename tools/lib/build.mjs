// Sources → dist/. swc turns each file into JavaScript (it keeps what Nest's decorators need), esbuild bundles programs of it: one file
// loads several times faster than a thousand. What was built is known by content (dist/.build.json); nothing is built twice.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DIST, readJson, ROOT, VERSION } from './config.mjs';
import { hashFiles, listFiles, sha256 } from './hash.mjs';
import { Problem } from './terminal.mjs';

const MANIFEST = join(DIST, '.build.json');
const FOLDERS = ['apps', 'libs', 'generated'];
const isSource = (path) => /\.ts$/.test(path) && !/\.(d|spec|e2e-spec|fixture)\.ts$/.test(path);

/** What, besides a source, decides what comes out. */
function toolsHash() {
  const own = ['.swcrc', 'package.json', 'tools/lib/build.mjs', 'tools/lib/bundle.mjs'].map((path) => readFileSync(join(ROOT, path), 'utf8'));
  return sha256([VERSION, process.platform, process.arch, ...own, readFileSync(join(ROOT, 'package-lock.json'), 'utf8')].join('\0'));
}

/** Answers what it did in a few words. No compiler is loaded when there is nothing to do. */
export async function build() {
  const { manifest, sources, changed, removed, tools } = survey();
  if (changed.length === 0 && removed.length === 0 && outputsPresent()) return 'up to date';
  rmSync(MANIFEST, { force: true });
  await compile(changed);
  for (const path of removed) for (const suffix of ['.js', '.js.map']) rmSync(outputOf(path).replace(/\.js$/, suffix), { force: true });
  const { bundlePrograms } = await import('./bundle.mjs');
  await bundlePrograms();
  mkdirSync(DIST, { recursive: true });
  writeFileSync(MANIFEST, JSON.stringify({ ...manifest, tools, sources }));
  return `${changed.length} of ${Object.keys(sources).length} files`;
}

function survey() {
  const manifest = readJson(MANIFEST) ?? {};
  const tools = toolsHash();
  const known = manifest.tools === tools ? manifest.sources ?? {} : {};
  const sources = hashFiles(listFiles(FOLDERS, isSource), known);
  const changed = Object.keys(sources).filter((path) => known[path]?.hash !== sources[path].hash || !existsSync(outputOf(path)));
  const removed = Object.keys(manifest.sources ?? {}).filter((path) => !sources[path]);
  return { manifest, sources, changed, removed, tools };
}

function outputsPresent() {
  return existsSync(MANIFEST) && programs().every(({ output }) => existsSync(output));
}

/** Programs whose sources are there. */
export function programs() {
  return [
    { name: 'broker', source: 'apps/broker/src/main.ts', output: join(DIST, 'broker', 'bundle.json') },
    { name: 'control-plane', source: 'apps/control-plane/src/main.ts', output: join(DIST, 'control-plane', 'main.mjs') },
  ].filter(({ source }) => existsSync(join(ROOT, source)));
}

const outputOf = (path) => join(DIST, path.replace(/\.ts$/, '.js'));

async function compile(paths) {
  if (paths.length === 0) return;
  const { transform } = (await import('@swc/core')).default;
  const options = JSON.parse(readFileSync(join(ROOT, '.swcrc'), 'utf8'));
  const errors = [];
  await Promise.all(paths.map(async (path) => {
    const output = outputOf(path);
    try {
      const { code, map } = await transform(readFileSync(join(ROOT, path), 'utf8'), { ...options, swcrc: false, filename: join(ROOT, path), sourceFileName: join(ROOT, path) });
      mkdirSync(dirname(output), { recursive: true });
      writeFileSync(output, `${code}\n//# sourceMappingURL=${output.slice(output.lastIndexOf('/') + 1)}.map\n`);
      writeFileSync(`${output}.map`, map ?? '');
    } catch (error) {
      errors.push(`${path}: ${error.message}`);
    }
  }));
  if (errors.length === 0) return;
  process.stderr.write(`${errors.join('\n')}\n`);
  throw new Problem(`${errors.length} source file(s) could not be compiled, see above`);
}
