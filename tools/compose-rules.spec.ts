import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = process.cwd();
const FILE = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
const SCHEMA = JSON.parse(readFileSync(join(ROOT, 'deploy', 'compose.schema.json'), 'utf8')) as object;

async function check(text: string): Promise<string[]> {
  const path = join(ROOT, 'tools', 'lib', 'compose-rules.mjs');
  const { checkCompose } = await import(path) as { checkCompose(text: string, schema: object): string[] };
  return checkCompose(text, SCHEMA);
}

test('docker-compose.yml is valid and whole', async () => {
  expect(await check(FILE)).toEqual([]);
});

test.each([
  ['a key that compose does not have', FILE.replace('init: true', 'initialise: true'), /additional properties.*initialise/],
  ['a secret that is not defined', FILE.replace('      - database-url', '      - other-url'), /secrets has no other-url/],
  ['a secret in the file', FILE.replace('DATABASE_URL_FILE: /run/secrets/database-url', 'DATABASE_URL: postgresql://u:p@h/d'), /DATABASE_URL holds a secret/],
  ['a password in the file', FILE.replace('POSTGRES_PASSWORD_FILE: /run/secrets/postgres-password', 'POSTGRES_PASSWORD: hunter2'), /POSTGRES_PASSWORD holds a secret/],
  ['a volume that is not defined', FILE.replace('- sluice:/var', '- slice:/var'), /volumes has no slice/],
  ['a dependency that is no service', FILE.replace('      postgres:\n        condition', '      database:\n        condition'), /depends on database, which is no service/],
  ['a port that is none', FILE.replace('"127.0.0.1:8080:8080"', '"8080:http"'), /pattern/],
  ['no YAML', 'services: [', /not YAML/],
])('refuses %s', async (_what, text, problem) => {
  expect(text).not.toBe(FILE);
  expect((await check(text)).join('\n')).toMatch(problem);
});
