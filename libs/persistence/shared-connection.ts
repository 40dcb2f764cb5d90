/**
 * Prisma inside a transaction that is already open. The program opens transactions itself, one round trip for BEGIN and tenant, and runs its
 * hottest reads as SQL; the first use of Prisma in one of them joins it here, on the same connection. Prisma's own BEGIN and COMMIT are none.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { invariant } from '#libs/kernel';
import { PrismaClient, type Prisma } from '../../generated/prisma/client.js';
import { persistenceLimits } from './persistence.limits.js';

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;
type AdapterTransaction = Awaited<ReturnType<Adapter['startTransaction']>>;

/** What repositories work with: never the client itself, which has no tenant. */
export type Transaction = Prisma.TransactionClient;

export type Queryable = Pick<pg.ClientBase, 'query'>;

export interface JoinedTransaction {
  /** Joins at its first use. */
  readonly transaction: Transaction;
  /** Prisma has nothing more to do, and joins no more: before COMMIT or ROLLBACK. Never throws. */
  leave(): Promise<void>;
}

export interface SharedConnections {
  join(connection: Queryable): JoinedTransaction;
  close(): Promise<void>;
}

const done = (): Promise<void> => Promise.resolve();

function joinConnection(adapter: Adapter, connection: Queryable): AdapterTransaction {
  // The adapter's queries go to its member `client`: here the connection, not the pool.
  const bound = Object.create(adapter, { client: { value: connection } }) as Adapter;
  return {
    provider: adapter.provider, adapterName: adapter.adapterName, options: { usePhantomQuery: true },
    queryRaw: (query) => bound.queryRaw(query), executeRaw: (query) => bound.executeRaw(query),
    commit: done, rollback: done,
    createSavepoint: async (name) => { await connection.query(`SAVEPOINT ${name}`); },
    rollbackToSavepoint: async (name) => { await connection.query(`ROLLBACK TO SAVEPOINT ${name}`); },
    releaseSavepoint: async (name) => { await connection.query(`RELEASE SAVEPOINT ${name}`); },
  };
}

/** Waits to be used: a transaction that needs no Prisma pays nothing for it. Models and raw queries are reached as in Prisma's own type. */
function lazily(attach: () => Promise<Transaction>): Transaction {
  const model = (name: string): unknown => new Proxy({}, {
    get: (_target, operation) => async (...args: unknown[]) => {
      const members = await attach() as unknown as Record<string, Record<string, (...args: unknown[]) => unknown>>;
      return members[name]![operation as string]!(...args);
    },
  });
  return new Proxy({}, {
    get: (_target, name) => {
      if (typeof name !== 'string' || name === 'then') return undefined;
      if (!name.startsWith('$')) return model(name);
      return async (...args: unknown[]) => (await attach() as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!(...args);
    },
  }) as Transaction;
}

export function createSharedConnections(pool: pg.Pool): SharedConnections {
  const current = new AsyncLocalStorage<Queryable>();
  const factory = new PrismaPg(pool, { statementNameGenerator: statementNames() });
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    adapter.startTransaction = async () => {
      const connection = current.getStore();
      invariant(connection !== undefined, 'Prisma works inside a transaction of the program only');
      return joinConnection(adapter, connection);
    };
    return adapter;
  };
  const client = new PrismaClient({ adapter: factory });
  return {
    join(connection) {
      let finish: () => void = () => undefined;
      let ended: Promise<unknown> | null = null;
      let joined: Promise<Transaction> | null = null;
      let hasLeft = false;
      const begin = (): Promise<Transaction> => joined ??= new Promise<Transaction>((resolve, reject) => {
        invariant(!hasLeft, 'Prisma is asked to join a transaction that has ended');
        const finished = new Promise<void>((release) => { finish = release; });
        ended = current.run(connection, () => client.$transaction(async (transaction) => {
          resolve(transaction);
          await finished;
        }, { maxWait: persistenceLimits.connectTimeoutMs, timeout: persistenceLimits.transactionTimeoutMs })).catch(reject);
      });
      return {
        transaction: lazily(begin),
        async leave() {
          hasLeft = true;
          if (joined === null) return;
          finish();
          await ended;
        },
      };
    },
    async close() {
      await client.$disconnect();
      await pool.end();
    },
  };
}

/** Prepared once a connection. Statements beyond the limit, those with lists of many lengths, are planned each time. */
function statementNames(): (query: { sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= persistenceLimits.preparedStatementsMax) return '';
    const name = `prisma-${names.size}`;
    names.set(sql, name);
    return name;
  };
}
