import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestDatabase, type TestDatabase } from './testing.js';

describe('the committed migrations', () => {
  let test: TestDatabase;
  const directory = mkdtempSync(join(tmpdir(), 'sluice-schema-'));
  beforeAll(async () => { test = await startTestDatabase({ migrated: false }); }, 60_000);
  afterAll(async () => {
    await test?.stop();
    rmSync(directory, { recursive: true });
  }, 30_000);

  const check = (cwd: string): Promise<{ code: number; text: string }> => new Promise((done) => {
    execFile(process.execPath, [resolve('tools/prisma-offline.mjs'), 'check'], { cwd, env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: test.ownerUrl } },
      (error, stdout, stderr) => done({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, text: stdout + stderr }));
  });

  it('make the tables that the schema says', async () => {
    expect(await check(resolve('.'))).toEqual({ code: 0, text: '' });
  }, 60_000);

  it('would be found out if they didn\'t', async () => {
    cpSync('prisma', join(directory, 'prisma'), { recursive: true });
    const schema = join(directory, 'prisma', 'schema.prisma');
    writeFileSync(schema, readFileSync(schema, 'utf8').replace('model Organization {', 'model Organization {\n  motto String?'));
    const { code, text } = await check(directory);
    expect(code).toBe(1);
    expect(text).toContain('ADD COLUMN     "motto" TEXT');
  }, 60_000);
});
