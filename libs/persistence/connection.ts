import pg from 'pg';
import { invariant, OperationalError } from '#libs/kernel';
import { persistenceLimits } from './persistence.limits.js';
import { createSharedConnections, type Queryable, type Transaction } from './shared-connection.js';
import { isClosedConnection, isTransient, toStoreError } from './store-error.js';

export type { Transaction };

/** SQL in the transaction, prepared under its name: for reads that every request makes. Texts are constants, values go beside them. */
export type Sql = <Row>(name: string, text: string, values: readonly unknown[]) => Promise<Row[]>;

export interface Database {
  /** A transaction that sees the rows of this organization only. */
  tenant<T>(organizationId: string, work: (tx: Transaction, sql: Sql) => Promise<T>): Promise<T>;
  /** A transaction that sees every tenant's rows: for the reconciler and for what comes before a tenant is known. */
  system<T>(work: (tx: Transaction, sql: Sql) => Promise<T>): Promise<T>;
  /** One row by its id, whoever's it is, in one round trip: `text` ends where the id follows. */
  systemRow<Row>(text: string, id: string): Promise<Row | null>;
  /** Answers when the database does; throws OperationalError otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions { url: string; poolSizeMax?: number; queryTimeoutMs?: number; onError?: (error: Error) => void }

type Setting = { name: 'sluice.organization_id' | 'sluice.system'; value: string };

const SYSTEM: Setting = { name: 'sluice.system', value: 'on' };
/** The setting ends with the transaction: a connection of the pool never carries a tenant over to its next user. */
const begin = ({ name, value }: Setting): string => `BEGIN; SELECT set_config('${name}', ${pg.escapeLiteral(value)}, true)`;

function createPool(options: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSizeMax ?? persistenceLimits.poolSizeMax,
    connectionTimeoutMillis: persistenceLimits.connectTimeoutMs,
    idleTimeoutMillis: persistenceLimits.idleTimeoutMs,
    statement_timeout: persistenceLimits.statementTimeoutMs,
    // The server's own limit says nothing when the server, or the way to it, stands still.
    query_timeout: options.queryTimeoutMs ?? persistenceLimits.queryTimeoutMs,
    keepAlive: true,
    application_name: 'sluice',
  });
  // An idle connection that breaks is replaced at the next use; unheard, it would end the process.
  pool.on('error', (error) => options.onError?.(error));
  return pool;
}

/**
 * The connection for as long as its transaction lasts. What is left of work that has failed, the slower half of a Promise.all, is refused: it would run in
 * the transaction that has the connection next, another tenant's perhaps.
 */
function lend(connection: pg.PoolClient): { lent: Queryable; takeBack(): void } {
  let isOver = false;
  const query = (...args: unknown[]): unknown => {
    invariant(!isOver, 'a statement belongs to a transaction that has ended');
    return (connection.query as (...each: unknown[]) => unknown).apply(connection, args);
  };
  return { lent: { query } as Queryable, takeBack: () => { isOver = true; } };
}

const sqlOn = (connection: Queryable): Sql => async <Row>(name: string, text: string, values: readonly unknown[]) =>
  (await connection.query({ name, text, values: [...values] })).rows as Row[];

async function commit(connection: pg.PoolClient): Promise<void> {
  const { command } = await connection.query('COMMIT');
  // PostgreSQL answers so, without an error, where a statement had failed and the work went on as if nothing were.
  invariant(command === 'COMMIT', 'a transaction of which a statement failed was rolled back, and its work calls it done');
}

/** A connection whose transaction can't be ended is of no more use. */
async function rollBack(connection: pg.PoolClient, cause: unknown): Promise<void> {
  if (isClosedConnection(cause) || (cause instanceof Error && /Query read timeout/.test(cause.message))) return connection.release(true);
  try {
    await connection.query('ROLLBACK');
    connection.release();
  } catch {
    connection.release(true);
  }
}

/**
 * Connects as the plain application role. Every transaction names its tenant first, with a setting that ends with the transaction
 * (docs/adr/0002-row-level-security.md). Prisma joins a transaction when it is first needed there (docs/adr/0008-transactions-that-prisma-joins.md).
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const pool = createPool(options);
  const shared = createSharedConnections(pool);
  const heard = (error: Error): void => options.onError?.(error);

  async function transact<T>(setting: Setting, progress: { begun: boolean }, work: (tx: Transaction, sql: Sql) => Promise<T>): Promise<T> {
    const connection = await pool.connect();
    connection.on('error', heard);
    const { lent, takeBack } = lend(connection);
    const joined = shared.join(lent);
    try {
      await connection.query(begin(setting));
      progress.begun = true;
      const result = await work(joined.transaction, sqlOn(lent));
      await joined.leave();
      takeBack();
      await commit(connection);
      connection.release();
      return result;
    } catch (error) {
      takeBack();
      await joined.leave();
      await rollBack(connection, error);
      throw error;
    } finally {
      connection.off('error', heard);
    }
  }

  async function run<T>(setting: Setting, work: (tx: Transaction, sql: Sql) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const progress = { begun: false };
      try {
        return await transact(setting, progress, work);
      } catch (error) {
        if (isTransient(error) && attempt < persistenceLimits.transactionAttemptsMax) continue;
        // A connection that died while it lay in the pool says so at its first use, before anything was done: another one is tried, once.
        if (!progress.begun && attempt === 1 && isClosedConnection(error)) continue;
        throw toStoreError(error);
      }
    }
  }

  async function query(text: string): Promise<pg.QueryResult[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await pool.query(text) as unknown as pg.QueryResult | pg.QueryResult[];
        return Array.isArray(answer) ? answer : [answer];
      } catch (error) {
        if (attempt === 1 && isClosedConnection(error)) continue;
        throw toStoreError(error);
      }
    }
  }

  const database: Database = {
    tenant: (organizationId, work) => {
      invariant(organizationId !== '', 'a tenant transaction names its organization');
      return run({ name: 'sluice.organization_id', value: organizationId }, work);
    },
    system: (work) => run(SYSTEM, work),
    systemRow: async <Row>(text: string, id: string) => {
      const results = await query(`${begin(SYSTEM)}; ${text} ${pg.escapeLiteral(id)}; COMMIT`);
      return (results[2]?.rows[0] as Row | undefined) ?? null;
    },
    ping: async () => { await query('SELECT 1'); },
    close: () => shared.close(),
  };
  try {
    await refusePrivilegedRole(pool);
  } catch (error) {
    await database.close();
    throw toStoreError(error);
  }
  return database;
}

/** Row-level security doesn't bind a superuser: connected as one, the second wall wouldn't stand. */
async function refusePrivilegedRole(pool: pg.Pool): Promise<void> {
  const { rows: [row] } = await pool.query<{ privileged: boolean; name: string }>('SELECT rolsuper OR rolbypassrls AS privileged, rolname::text AS name FROM pg_roles WHERE rolname = current_user');
  if (row?.privileged !== false) {
    throw new OperationalError('database_role_privileged', `the application's database role ${row?.name ?? ''} bypasses row-level security; it must be a plain role`, false);
  }
}
