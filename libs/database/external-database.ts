import pg from 'pg';
import { DATABASE_CONNECT_TIMEOUT_MS } from './database.limits.js';
import { databaseError } from './database.errors.js';
import type { Database } from './database.types.js';

/** Oldest major version with everything that the schema uses. */
const SERVER_VERSION_MIN = 140_000;

/** The operator's own server: reached once, so that a wrong address or password is one clear line at the start. */
export async function reachExternalDatabase(databaseUrl: string): Promise<Database> {
  const place = placeOf(databaseUrl);
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: DATABASE_CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(`SELECT current_setting('server_version_num') AS version`);
    const version = Number(rows[0]?.version);
    if (version < SERVER_VERSION_MIN) throw databaseError('DATABASE_VERSION', `the database at ${place} is PostgreSQL ${Math.floor(version / 10_000)}, at least ${SERVER_VERSION_MIN / 10_000} is needed`);
  } catch (error) {
    if ((error as { code?: string }).code === 'DATABASE_VERSION') throw error;
    throw databaseError('DATABASE_UNREACHABLE', `can't reach the database at ${place} (DATABASE_URL): ${reason(error)}`, error);
  } finally {
    await client.end().catch(() => undefined);
  }
  return { kind: 'external', ownerUrl: databaseUrl, directory: null, adopted: false, stop: async () => undefined };
}

/** Host, port and database. Never shows the password. */
export function placeOf(databaseUrl: string): string {
  let url: URL;
  try {
    url = new URL(databaseUrl);
  } catch {
    throw databaseError('DATABASE_URL_INVALID', 'DATABASE_URL is not a URL; it looks like postgresql://user:password@host:5432/database');
  }
  if (!/^postgres(ql)?:$/.test(url.protocol)) throw databaseError('DATABASE_URL_INVALID', `DATABASE_URL begins with ${url.protocol}//, not with postgresql://`);
  return `${url.hostname || 'localhost'}:${url.port || '5432'}${url.pathname}`;
}

/** Node answers an aggregate of one error per address tried: the first is as good as any. */
function reason(error: unknown): string {
  const { errors, message, code, name } = error as { errors?: unknown[]; message?: string; code?: string; name?: string };
  if (errors?.[0] !== undefined) return reason(errors[0]);
  return message || code || name || String(error);
}
