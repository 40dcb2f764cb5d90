// The Prisma client, from prisma/schema.prisma. The codec's generated files are committed and only checked (tools/codec).
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJson, ROOT } from './config.mjs';
import { sha256 } from './hash.mjs';
import { Problem } from './terminal.mjs';

const SCHEMA = join(ROOT, 'prisma', 'schema.prisma');
const OUTPUT = join(ROOT, 'generated', 'prisma');
const STAMP = join(ROOT, 'generated', '.prisma-stamp');

export async function generate() {
  if (!existsSync(SCHEMA)) return 'nothing to generate';
  const { version } = readJson(join(ROOT, 'node_modules', 'prisma', 'package.json'));
  const wanted = `${sha256(readFileSync(SCHEMA))} ${version}\n`;
  if (existsSync(join(OUTPUT, 'client.ts')) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return 'up to date';
  rmSync(STAMP, { force: true });
  await prismaGenerate();
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, wanted);
  return 'prisma client';
}

/**
 * `generate` reads the schema with an engine that is WebAssembly and part of the package, yet insists that a native one be there, which
 * is fetched from a host that isn't always reachable. Any program that exits satisfies it; it is never asked anything.
 */
function prismaGenerate() {
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? '/bin/true', CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1', NO_COLOR: '1' };
  return new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(process.execPath, [join(ROOT, 'node_modules', 'prisma', 'build', 'index.js'), 'generate', '--no-hints'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { output += chunk; });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0 && existsSync(join(OUTPUT, 'client.ts'))) return resolve();
      process.stderr.write(output);
      reject(new Problem(`prisma generate ended with exit code ${code}, see above`));
    });
  });
}
