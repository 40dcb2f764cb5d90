#!/usr/bin/env node
// The peer of bench/api.mjs: Express and pg by hand, with the statements that the platform runs for the same read, in the same transaction of the same
// tenant; no authentication, no validation, no limits. `POST` is one fsynced INSERT. Prints its port.
import express from 'express';
import pg from 'pg';

const [url, organizationId, principalId] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: url, max: 20 });

async function tenant(work) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query({ name: 'tenant', text: "SELECT set_config('sluice.organization_id', $1, true)", values: [organizationId] });
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

const grants = (client) => client.query({ name: 'grants', text: 'SELECT * FROM role_binding WHERE organization_id = $1 AND principal_id = $2', values: [organizationId, principalId] });
const rowsOf = (client, table, ids) => client.query({ name: table, text: `SELECT * FROM ${table} WHERE organization_id = $1 AND cluster_id = ANY($2)`, values: [organizationId, ids] });

const app = express();
app.disable('etag');
app.get('/clusters/:id', async (request, response) => {
  response.json(await tenant(async (client) => {
    await grants(client);
    const { rows: [cluster] } = await client.query({ name: 'cluster', text: 'SELECT * FROM cluster WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL', values: [organizationId, request.params.id] });
    const brokers = await rowsOf(client, 'broker', [cluster.id]);
    const ports = await rowsOf(client, 'port_allocation', [cluster.id]);
    return { ...cluster, brokers: brokers.rows, ports: ports.rows };
  }));
});
app.post('/rows', async (_request, response) => {
  await pool.query('INSERT INTO bench_row (note) VALUES ($1)', ['bench']);
  response.status(202).json({});
});

const server = app.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.on('SIGTERM', () => { server.close(); void pool.end().then(() => process.exit(0)); });
