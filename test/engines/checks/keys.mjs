import { equal, must, needs, wait } from '../context.mjs';

const USABLE_WITHIN_MS = 2_000;
const REFUSED_WITHIN_MS = 2_000;
const POWERLESS_WITHIN_MS = 5_000;
const TOPIC_AUTHORIZATION_FAILED = 29;
/** Another login only after a pause: brokers hold a refused one back. */
const ASK_EVERY_MS = 20;

const since = (began) => Math.round(performance.now() - began);

/** Milliseconds from `began` until the login of this key is as wanted. */
async function loginAfter(context, key, mechanism, wanted, began) {
  await context.until(`login ${wanted ? '' : 'refusal '}by ${mechanism}`, 30_000, async () => (await context.loginProblem(key, mechanism) === null) === wanted, ASK_EVERY_MS);
  return since(began);
}

/** Asks over one open connection until it is closed: when it was allowed nothing any more, and when it was closed. */
async function watchConnection(client, topic, began, limitMs) {
  const { connection } = client;
  let powerlessMs = null;
  while (!connection.closed && since(began) < limitMs) {
    try {
      const { topics } = await client.send('Metadata', 9, { topics: [{ name: topic }] });
      if (topics[0].errorCode === TOPIC_AUTHORIZATION_FAILED) powerlessMs ??= since(began);
      else if (powerlessMs !== null) throw new Error('it was allowed something again');
    } catch (error) {
      if (!connection.closed && !/closed/.test(error.message)) throw error;
    }
    if (client.connection !== connection) break;
    await wait(50);
  }
  return { powerlessMs: powerlessMs ?? since(began), closedMs: connection.closed || client.connection !== connection ? since(began) : null };
}

/** What one connection that has been silent since before the revocation gets for its next request: nothing. */
async function askSilent(client, topic) {
  const wasClosed = client.connection.closed;
  if (wasClosed) return 'a silent one closed as well';
  try {
    const { topics } = await client.send('Metadata', 9, { topics: [{ name: topic }] });
    must(topics[0].errorCode === TOPIC_AUTHORIZATION_FAILED, `a silent connection was answered with code ${topics[0].errorCode}`);
    return 'a silent one refused at its next request';
  } catch (error) {
    if (!/closed/.test(error.message)) throw error;
    return 'a silent one closed at its next request';
  }
}

export const keys = [
  {
    title: `keys: usable within ${USABLE_WITHIN_MS} ms of their creation, by every mechanism`,
    needs: needs.keys,
    async run(context) {
      const account = await context.account('fresh');
      const took = [];
      for (const mechanism of context.mechanisms) {
        const key = await context.key(account);
        took.push(await loginAfter(context, key, mechanism, true, performance.now()));
      }
      must(Math.max(...took) <= USABLE_WITHIN_MS, `${took.join(', ')} ms`);
      return `${took.join(', ')} ms`;
    },
  },
  {
    title: 'keys: a wrong secret is refused by every mechanism',
    needs: needs.keys,
    async run(context) {
      const key = await context.key(await context.account('mistaken'));
      const wrong = `${key.apiSecret.slice(0, -1)}${key.apiSecret.endsWith('x') ? 'y' : 'x'}`;
      for (const mechanism of context.mechanisms) {
        const problem = await context.loginProblem({ ...key, apiSecret: wrong }, mechanism);
        must(/58/.test(problem ?? ''), `${mechanism}: ${problem ?? 'let in'}`);
      }
    },
  },
  ...['PLAIN', 'SCRAM-SHA-512'].map((mechanism) => ({
    title: `keys: revoked (${mechanism}) — new logins refused within ${REFUSED_WITHIN_MS} ms, open connections powerless within ${POWERLESS_WITHIN_MS} ms and closed in time`,
    needs: needs.all(needs.keys, needs.mechanism(mechanism)),
    async run(context) {
      const topic = await context.topic('kept');
      const { key } = await context.writer(topic);
      const client = context.connection(key, mechanism);
      const silent = context.connection(key, mechanism);
      try {
        await silent.send('Metadata', 9, { topics: [] });
        await context.until('the topic by ACL', 5_000, async () => (await client.send('Metadata', 9, { topics: [{ name: topic }] })).topics[0].errorCode === 0);
        const began = performance.now();
        await context.platform.call('DELETE', `/iam/v2/api-keys/${key.apiKey}`);
        const answered = since(began);
        const isOwn = needs.ownKeys(context) === null;
        const watching = isOwn ? watchConnection(client, topic, began, context.figures.revokedClosedWithinMs + 15_000) : null;
        const refusedMs = await loginAfter(context, key, mechanism, false, began);
        const { powerlessMs, closedMs } = await watching ?? {};
        if (!isOwn) return `refused after ${refusedMs} ms; open connections are its owner's to end (capability keys is ${context.capabilities.keys})`;
        must(refusedMs - answered <= REFUSED_WITHIN_MS, `new logins were refused only after ${refusedMs} ms`);
        must(powerlessMs <= POWERLESS_WITHIN_MS, `the open connection lost its rights only after ${powerlessMs} ms`);
        must(closedMs !== null && closedMs <= context.figures.revokedClosedWithinMs, `the open connection was ${closedMs === null ? 'not closed' : `closed only after ${closedMs} ms`}`);
        const onSilent = await askSilent(silent, topic);
        return `refused after ${refusedMs} ms, powerless after ${powerlessMs} ms, closed after ${closedMs} ms (at most ${context.figures.revokedClosedWithinMs}); ${onSilent}`;
      } finally {
        client.close();
        silent.close();
      }
    },
  })),
  {
    title: 'keys: end with the service account that owns them',
    needs: needs.keys,
    async run(context) {
      const account = await context.account('leaves');
      const key = await context.key(account);
      equal(await context.loginProblem(key), null, 'login before');
      const began = performance.now();
      await context.platform.call('DELETE', `/iam/v2/service-accounts/${account.id}`);
      const tookMs = await loginAfter(context, key, context.mechanisms[0], false, began);
      must(tookMs <= REFUSED_WITHIN_MS, `only after ${tookMs} ms`);
      equal((await context.rest('GET', '/topics', undefined, key)).status, 401, 'over HTTP');
      return `${tookMs} ms`;
    },
  },
  {
    title: 'keys: a cluster that takes none says so',
    needs: ({ capabilities }) => (capabilities.keys === 'none' ? null : 'it takes keys (capability keys)'),
    async run(context) {
      const account = await context.account('keyless');
      const answer = await context.api('POST', '/iam/v2/api-keys', { spec: { display_name: 'none', owner: { id: account.id }, resource: { id: context.cluster.id, environment: context.environment.id } } });
      equal([answer.status, answer.body.errors[0].code], [409, 'not_supported_by_engine'], 'the answer');
    },
  },
];
