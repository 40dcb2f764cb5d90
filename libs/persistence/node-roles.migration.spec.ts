import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { migrate } from './migrate.js';
import { startTestDatabase, type TestDatabase } from './testing.js';

const MIGRATION = '20261124020000_node_roles';
let test: TestDatabase;
const directory = mkdtempSync(join(tmpdir(), 'sluice-migrations-'));
beforeAll(async () => { test = await startTestDatabase({ migrated: false }); }, 60_000);
afterAll(async () => {
  await test?.stop();
  rmSync(directory, { recursive: true });
}, 30_000);

/** As an installation has it: an owner whom row-level security binds. */
async function plainOwner(): Promise<string> {
  const [name, password] = [`owner_${randomBytes(4).toString('hex')}`, randomBytes(12).toString('hex')];
  const url = new URL(test.ownerUrl);
  await test.asOwner(`CREATE ROLE ${name} LOGIN NOSUPERUSER NOBYPASSRLS CREATEROLE PASSWORD '${password}'`);
  await test.asOwner(`ALTER DATABASE ${url.pathname.slice(1)} OWNER TO ${name}`);
  await test.asOwner(`GRANT ALL ON SCHEMA public TO ${name}`);
  Object.assign(url, { username: name, password });
  return url.toString();
}

async function query<T extends pg.QueryResultRow>(url: string, sql: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SELECT set_config('sluice.system', 'on', false)`);
    return (await client.query<T>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

it('leaves every node of the clusters that there are what it is', async () => {
  const ownerUrl = await plainOwner();
  cpSync('prisma/migrations', directory, { recursive: true });
  for (const name of readdirSync(directory).filter((each) => /^\d/.test(each) && each >= MIGRATION)) rmSync(join(directory, name), { recursive: true });
  await migrate({ ownerUrl, directory });
  await query(ownerUrl, `INSERT INTO organization (id, display_name) VALUES ('o', 'o')`);
  await query(ownerUrl, `INSERT INTO environment (organization_id, id, display_name) VALUES ('o', 'e', 'e')`);
  const add = async (id: string, first: number, spec: object, nodes: readonly number[]): Promise<void> => {
    await query(ownerUrl, `
      INSERT INTO cluster (organization_id, id, environment_id, display_name, kind, availability, cloud, region, config, flush_mode, kafka_cluster_id, phase, engine, engine_spec, first_brokers)
      VALUES ('o', $1, 'e', $1, 'Basic', 'LOW', 'AWS', 'r', '{}', 'os', $1, 'PROVISIONED', 'any', $2, $3)`, [id, { version: null, configs: {}, heapMb: null, ...spec }, first]);
    for (const nodeId of nodes) await query(ownerUrl, `INSERT INTO broker (organization_id, cluster_id, node_id) VALUES ('o', $1, $2)`, [id, nodeId]);
  };
  await add('grown', 1, { brokers: 3, controllers: 0 }, [1, 2, 3]);
  await add('made-of-three', 3, { brokers: 4, controllers: 0 }, [1, 2, 3, 4]);
  await add('apart', 3, { brokers: 3, controllers: 1 }, [1, 2, 3, 1001]);
  await add('outside', 3, { brokers: 3, controllers: 0, hasOutsideMetadata: true }, [1, 2, 3]);
  expect((await migrate({ ownerUrl })).applied).toContain(MIGRATION);
  expect(await query(ownerUrl, `SELECT cluster_id, string_agg(array_to_string(roles, '+'), ' ' ORDER BY node_id) AS roles FROM broker GROUP BY 1 ORDER BY 1`)).toEqual([
    { cluster_id: 'apart', roles: 'broker broker broker controller' },
    { cluster_id: 'grown', roles: 'broker+controller broker broker' },
    { cluster_id: 'made-of-three', roles: 'broker+controller broker+controller broker+controller broker' },
    { cluster_id: 'outside', roles: 'broker broker broker' },
  ]);
  await expect(query(ownerUrl, `INSERT INTO broker (organization_id, cluster_id, node_id, roles) VALUES ('o', 'grown', 4, '{}')`)).rejects.toThrow('broker_roles_check');
});
