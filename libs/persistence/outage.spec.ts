import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newOrganizationId } from '#libs/control/domain';
import { openDatabase, type Database, type Sql, type Transaction } from './connection.js';
import { createStore } from './store.js';
import { startTestDatabase, type TestDatabase } from './testing.js';

/** A way to the database that can be cut, barred and held up. */
function createWay(port: number): { listen(): Promise<number>; bar(): Promise<void>; cut(): void; hold(held: boolean): void } {
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  let port0 = 0;
  let isHeld = false;
  const join = (near: Socket): void => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [[near, far], [far, near]]) {
      sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => undefined);
      from.on('close', () => { sockets.delete(from); to.destroy(); });
      if (isHeld) from.pause();
    }
  };
  return {
    listen: () => new Promise((resolve) => {
      server = createServer(join).listen(port0, '127.0.0.1', () => {
        const address = server?.address();
        port0 = typeof address === 'object' && address ? address.port : 0;
        resolve(port0);
      });
    }),
    bar: () => new Promise((resolve) => {
      server?.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    }),
    cut: () => { for (const socket of sockets) socket.destroy(); },
    hold: (held) => {
      isHeld = held;
      for (const socket of sockets) if (held) socket.pause(); else socket.resume();
    },
  };
}

describe('when the database is away', () => {
  let test: TestDatabase;
  let database: Database;
  let way: ReturnType<typeof createWay>;
  const organizationId = newOrganizationId();
  const unavailable = { name: 'OperationalError', code: 'database_unavailable', retryable: true };

  beforeAll(async () => {
    test = await startTestDatabase();
    way = createWay(Number(new URL(test.appUrl).port));
    const url = new URL(test.appUrl);
    url.port = String(await way.listen());
    database = await openDatabase({ url: url.toString(), queryTimeoutMs: 300 });
  }, 60_000);
  afterAll(async () => {
    await database?.close();
    await way?.bar();
    await test?.stop();
  }, 30_000);

  const read = () => createStore(database, { advertisedHost: 'localhost' }).tenant(organizationId, (tx) => tx.organizations.get());

  it('says so with one kind of error, and works again as soon as it is back', async () => {
    expect(await read()).toBeNull();
    await way.bar();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(read()).rejects.toMatchObject(unavailable);
      await expect(database.ping()).rejects.toMatchObject(unavailable);
    }
    await way.listen();
    expect(await read()).toBeNull();
  });

  it('says the same when connections are cut in the middle of transactions', async () => {
    const outcomes = Promise.allSettled(Array.from({ length: 10 }, () => database.tenant(organizationId, (tx) => tx.$queryRaw`SELECT 1 FROM pg_sleep(0.2)`)));
    await database.ping();
    way.cut();
    for (const outcome of await outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(unavailable);
    expect(await read()).toBeNull();
  });

  it('doesn\'t wait for ever for an answer', async () => {
    expect(await read()).toBeNull();
    way.hold(true);
    await expect(read()).rejects.toMatchObject(unavailable);
    way.hold(false);
    expect(await read()).toBeNull();
  });

  it.each<[string, (tx: Transaction, sql: Sql) => Promise<unknown>]>([
    ['Prisma', (tx) => tx.organization.findMany()], ['SQL', (_tx, sql) => sql('outage', 'SELECT 1', [])],
  ])('doesn\'t wait for ever in the middle of a transaction either, by %s', async (_by, ask) => {
    await expect(database.tenant(organizationId, async (tx, sql) => {
      await ask(tx, sql);
      way.hold(true);
      return ask(tx, sql);
    })).rejects.toMatchObject(unavailable);
    way.hold(false);
    expect(await read()).toBeNull();
  });

  it('says the same when the server ends the sessions', async () => {
    const outcomes = Promise.allSettled(Array.from({ length: 5 }, () => database.tenant(organizationId, (tx) => tx.$queryRaw`SELECT 1 FROM pg_sleep(0.2)`)));
    await database.ping();
    await test.asOwner('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = \'sluice_app\' AND datname = current_database()');
    for (const outcome of await outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(unavailable);
    expect(await read()).toBeNull();
  });
});
