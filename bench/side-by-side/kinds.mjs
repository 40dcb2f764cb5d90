// What one run of each kind of case is, on one side: its metrics by name. MB are 10^6 bytes of record values.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../test/support/platform.mjs';
import { residentMiB } from '../process-cost.mjs';
import { openConnections } from './connections.mjs';
import { createBroker } from './brokers.mjs';
import { measure } from './machine.mjs';

/** After a start a broker still tidies up. */
const SETTLE_MS = 5_000;
/** Files of a deleted topic go after log.segment.delete.delay.ms, which is 100 here: no run removes what the one before has left. */
const REMOVAL_MS = 500;
const MANY_REMOVED_MS = 120_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let topics = 0;

async function onFreshTopic({ client, brokers, definition }, side, work) {
  const values = { ...brokers[side].connection(definition.listener), topic: `${definition.name.replaceAll('_', '-')}-${topics++}`, partitions: definition.partitions };
  await client.ask('create', values);
  const result = await work(values);
  await client.ask('delete', values);
  await pause(REMOVAL_MS);
  return result;
}

const withRecords = (values, { records, recordBytes, batchBytes }) => ({ ...values, records, recordBytes, batchBytes });

/** One operation of the client, and what it cost the broker. */
async function costed(session, side, operation, values) {
  const { client, brokers, definition } = session;
  const end = measure({ ours: brokers.ours.pid, kafka: brokers.kafka.pid, client: client.pid, bench: process.pid });
  const result = await client.ask(operation, values);
  const { used, othersShare, stolenShare } = end();
  const megabytes = definition.records * definition.recordBytes / 1e6;
  return {
    noise: Math.max(othersShare, stolenShare), result,
    metrics: definition.records === undefined ? {} : {
      throughput: megabytes / result.seconds, cpu_s_per_mb: used[side] / megabytes, client_cpu_s_per_mb: used.client / megabytes, rss_loaded_mib: residentMiB([brokers[side].pid]),
    },
  };
}

const produce = {
  run: (session, side) => onFreshTopic(session, side, (values) => costed(session, side, 'produce', withRecords(values, session.definition))),
};

const consumeTail = {
  run: (session, side) => onFreshTopic(session, side, (values) => costed(session, side, 'consume-tail', withRecords(values, session.definition))),
};

/** One topic a side is written once and read in every run. */
const consumeStart = {
  async prepare({ client, brokers, definition }, side) {
    const values = withRecords({ ...brokers[side].connection(definition.listener), topic: `${definition.name.replaceAll('_', '-')}-${topics++}`, partitions: definition.partitions }, definition);
    await client.ask('create', values);
    // The plain listener fills it faster; what is read is the same.
    await client.ask('produce', { ...values, ...brokers[side].connection('plaintext'), user: null, password: null, ca: null });
    await client.ask('consume-start', values);
    return values;
  },
  run: (session, side) => costed(session, side, 'consume-start', session.prepared[side]),
  finish: ({ client, prepared }, side) => client.ask('delete', prepared[side]),
};

const endToEnd = {
  run: (session, side) => onFreshTopic(session, side, async (values) => {
    const { perSecond, seconds, recordBytes } = session.definition;
    const { noise, result } = await costed(session, side, 'e2e', { ...values, perSecond, seconds, recordBytes, lingerMs: 0 });
    return { noise, metrics: { e2e_p99_ms: result.p99Ms, e2e_p50_ms: result.p50Ms, e2e_p999_ms: result.p999Ms } };
  }),
};

/** Another broker in a directory of its own, formatted before: from the spawn to ready. */
const start = {
  async run({ brokers, directory, identity, definition }, side) {
    const broker = await createBroker(side, join(directory, `start-${side}-${topics++}`), { identity, flush: definition.flush });
    const end = measure({ ours: brokers.ours.pid, kafka: brokers.kafka.pid });
    try {
      broker.prepare();
      const startMs = await broker.start();
      const { othersShare } = end();
      await pause(SETTLE_MS);
      return { noise: Math.max(0, othersShare - 1), metrics: { start_ms: startMs, rss_idle_mib: residentMiB([broker.pid]) } };
    } finally {
      await broker.destroy();
    }
  },
};

const manyTopics = {
  async run(session, side) {
    const { brokers, definition } = session;
    const topic = `many-${topics++}`;
    const { noise, result } = await costed(session, side, 'create-many', { ...brokers[side].connection(definition.listener), topic, count: definition.count });
    // Thousands of files are removed after the answer: the next run is not to wait for the disk that does it.
    await until(`removal of ${topic}`, MANY_REMOVED_MS, () => !readdirSync(join(brokers[side].directory, 'data')).some((name) => name.startsWith(`${topic}-`)), 100);
    return { noise, metrics: { topics_created_s: result.seconds, topics_usable_s: result.usableSeconds } };
  },
};

const connections = {
  async run({ brokers, definition }, side) {
    const broker = brokers[side];
    const before = residentMiB([broker.pid]);
    const end = measure({ ours: brokers.ours.pid, kafka: brokers.kafka.pid, bench: process.pid });
    const open = await openConnections(broker.ports.plaintext, definition.count);
    const { othersShare } = end();
    const after = residentMiB([broker.pid]);
    await open.close();
    return { noise: othersShare, metrics: { connected_s: open.seconds, rss_connections_mib: after, kib_per_connection: Math.max(1, (after - before) * 1024 / definition.count) } };
  },
};

export const KINDS = { produce, 'consume-start': consumeStart, 'consume-tail': consumeTail, e2e: endToEnd, start, topics: manyTopics, connections };

const WARM_BYTES = 512 * 2 ** 20;
/** 1 KiB in large batches, then 100 B in the producer's own, read back both times; small batches sync too often for more. */
const WARM_SHAPES = {
  os: [{ share: 0.5, recordBytes: 1024, batchBytes: 128 * 1024 }, { share: 0.5, recordBytes: 100, batchBytes: null }],
  fsync: [{ share: 0.95, recordBytes: 1024, batchBytes: 128 * 1024 }, { share: 0.05, recordBytes: 100, batchBytes: null }],
};

/** At least 512 MiB through the first listener; an eighth of it through each further one, for its own code. */
export async function warm({ client, brokers }, side, listeners) {
  const broker = brokers[side];
  for (const [index, listener] of listeners.entries()) {
    for (const { share, recordBytes, batchBytes } of WARM_SHAPES[broker.flush]) {
      const records = Math.ceil(WARM_BYTES * share / (index === 0 ? 1 : 8) / recordBytes);
      const values = { ...broker.connection(listener), topic: `warm-${topics++}`, partitions: 6, records, recordBytes, batchBytes };
      await client.ask('create', values);
      await client.ask('produce', values);
      await client.ask('consume-start', values);
      await client.ask('delete', values);
    }
  }
}
