import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { invariant, OperationalError } from '#libs/kernel';
import { Prisma, PrismaClient } from '../../generated/prisma/client.js';
import { persistenceLimits } from './persistence.limits.js';
import { isClosedConnection, isTransient, toStoreError } from './store-error.js';

/** What repositories work with: never the client itself, which has no tenant. */
export type Transaction = Prisma.TransactionClient;

export interface Database {
  /** A transaction that sees the rows of this organization only. */
  tenant<T>(organizationId: string, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** A transaction that sees every tenant's rows: for the reconciler and for what comes before a tenant is known. */
  system<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Answers when the database does; throws OperationalError otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Connects as the plain application role. Every transaction names its tenant first, with a setting that ends with the transaction: a
 * connection of the pool never carries a tenant over to the next user (docs/adr/0002-row-level-security.md).
 */
export async function openDatabase(options: { url: string; poolSizeMax?: number; queryTimeoutMs?: number; onError?: (error: Error) => void }): Promise<Database> {
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
  const client = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: true }) });
  const run = async <T>(setting: string, value: string, work: (tx: Transaction) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      let begun = false;
      try {
        return await client.$transaction(async (tx) => {
          await tx.$executeRaw`SELECT set_config(${setting}, ${value}, true)`;
          begun = true;
          return work(tx);
        }, { maxWait: persistenceLimits.connectTimeoutMs, timeout: persistenceLimits.transactionTimeoutMs });
      } catch (error) {
        if (isTransient(error) && attempt < persistenceLimits.transactionAttemptsMax) continue;
        // A connection that died while it lay in the pool says so at its first use, before anything was done: another one is tried, once.
        if (!begun && attempt === 1 && isClosedConnection(error)) continue;
        throw toStoreError(error);
      }
    }
  };
  const database: Database = {
    tenant: (organizationId, work) => {
      invariant(organizationId !== '', 'a tenant transaction names its organization');
      return run('sluice.organization_id', organizationId, work);
    },
    system: (work) => run('sluice.system', 'on', work),
    ping: async () => {
      try {
        await client.$queryRaw`SELECT 1`;
      } catch (error) {
        throw toStoreError(error);
      }
    },
    close: () => client.$disconnect(),
  };
  try {
    await refusePrivilegedRole(client);
  } catch (error) {
    await database.close();
    throw toStoreError(error);
  }
  return database;
}

/** Row-level security doesn't bind a superuser: connected as one, the second wall wouldn't stand. */
async function refusePrivilegedRole(client: PrismaClient): Promise<void> {
  const [row] = await client.$queryRaw<{ privileged: boolean; name: string }[]>`
    SELECT rolsuper OR rolbypassrls AS privileged, rolname::text AS name FROM pg_roles WHERE rolname = current_user`;
  if (row?.privileged !== false) {
    throw new OperationalError('database_role_privileged', `the application's database role ${row?.name ?? ''} bypasses row-level security; it must be a plain role`, false);
  }
}
