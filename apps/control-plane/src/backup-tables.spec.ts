import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from 'pg';
import { startTestDatabase, type TestDatabase } from '../../../libs/persistence/testing.js';
import type { BackupLine } from './backup-archive.js';
import { exportTables, importTables, listTables, openOwner, tablesInUse } from './backup-tables.js';

describe('tables out of one database and into another', () => {
  let [from, to]: (TestDatabase | undefined)[] = [];
  let [source, target]: (Client | undefined)[] = [];
  const lines: BackupLine[] = [];
  async function* again(change: (line: BackupLine) => BackupLine = (line) => line): AsyncGenerator<BackupLine> {
    for (const line of lines) yield change(line);
  }
  const client = (one: Client | undefined): Client => one as Client;

  beforeAll(async () => {
    [from, to] = await Promise.all([startTestDatabase(), startTestDatabase()]);
    [source, target] = await Promise.all([openOwner(from.ownerUrl), openOwner(to.ownerUrl)]);
    await client(source).query('CREATE TABLE odd (id BIGINT PRIMARY KEY, words TEXT[], data JSONB, bytes BYTEA, at TIMESTAMPTZ, nothing TEXT, ratio DOUBLE PRECISION); CREATE TABLE many (id BIGSERIAL PRIMARY KEY, odd_id BIGINT REFERENCES odd (id))');
    await client(source).query(`INSERT INTO odd VALUES (9007199254740993, ARRAY['a,"b"', E'line\\nend', '{}'], '{"n": 12345678901234567890, "ä": [null, "\\\\"]}', '\\x00ff', '2026-03-29 01:59:59.123456+01', NULL, 0.1)`);
    await client(source).query('INSERT INTO many (odd_id) SELECT 9007199254740993 FROM generate_series(1, 1201)');
    await client(target).query('CREATE TABLE odd (id BIGINT PRIMARY KEY, words TEXT[], data JSONB, bytes BYTEA, at TIMESTAMPTZ, nothing TEXT, ratio DOUBLE PRECISION); CREATE TABLE many (id BIGSERIAL PRIMARY KEY, odd_id BIGINT REFERENCES odd (id))');
  }, 90_000);
  afterAll(async () => {
    await Promise.all([source?.end(), target?.end()]);
    await Promise.all([from?.stop(), to?.stop()]);
  }, 60_000);

  it('lists what others refer to first', async () => {
    const tables = await listTables(client(source));
    for (const [parent, child] of [['odd', 'many'], ['organization', 'environment'], ['environment', 'cluster'], ['cluster', 'api_key'], ['cluster', 'broker']]) expect([parent, child, tables.indexOf(parent as string) < tables.indexOf(child as string)]).toEqual([parent, child, true]);
    expect(tables).not.toContain('_prisma_migrations');
  });

  it('takes all tables at one moment, with the migrations that made them', async () => {
    const counts = await exportTables(client(source), async (migrations) => {
      expect(migrations.length).toBeGreaterThan(2);
      // Another connection writes after the moment.
      await from?.asOwner('INSERT INTO many (odd_id) VALUES (9007199254740993)');
    }, async (line) => { lines.push(line); });
    expect([counts.get('odd'), counts.get('many')]).toEqual([1, 1201]);
    await from?.asOwner('DELETE FROM many WHERE id > 1201');
  });

  it('brings nothing where a row is missing or another', async () => {
    const isMany = (line: BackupLine): boolean => line.kind === 'row' && line.json.includes('odd_id');
    let dropped = false;
    const withoutOne = (line: BackupLine): BackupLine => {
      if (dropped || !isMany(line)) return line;
      dropped = true;
      return { kind: 'row', json: '{"id":5000,"odd_id":9007199254740993}' };
    };
    await expect(importTables(client(target), again(withoutOne), async () => undefined)).rejects.toThrow(/did not arrive as they were/);
    await expect(importTables(client(target), again((line) => (line.kind === 'table' && line.name === 'odd' ? { kind: 'table', name: 'elsewhere' } : line)), async () => undefined)).rejects.toThrow(/a table elsewhere/);
    await expect(importTables(client(target), again(), async () => { throw new Error('the last step failed'); })).rejects.toThrow('the last step failed');
    expect(await tablesInUse(client(target))).toEqual([]);
  });

  it('brings every value as it was, and numbers go on behind those that came', async () => {
    await importTables(client(target), again(), async () => undefined);
    const odd = `SELECT row_to_json(o)::text AS row, extract(epoch FROM at)::text AS at FROM odd o`;
    expect((await client(target).query(odd)).rows).toEqual((await client(source).query(odd)).rows);
    expect(await tablesInUse(client(target))).toEqual(expect.arrayContaining(['many', 'odd']));
    const { rows: [next] } = await client(target).query<{ id: string }>('INSERT INTO many (odd_id) VALUES (9007199254740993) RETURNING id');
    expect(next?.id).toBe('1202');
  });
});
