// A document that a script of this folder makes: written, or with `--check` only compared, and exit 1 when the file differs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export function generateDocument(name, path, text) {
  const target = join(root, path);
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
    console.log(`${name}: ${path}`);
  } else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error(`${path} is out of date: run npm run generate`);
    process.exit(1);
  }
}
