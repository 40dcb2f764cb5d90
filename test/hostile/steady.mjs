// One well-behaved client over SASL_SSL that produces and asks for metadata all the time; what it waits is measured in slots.
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../support/platform.mjs';
import { createClient, plainLogin } from './wire.mjs';
import { goodBatch } from './batches.mjs';

export const percentile = (list, part) => quantile(list, part) ?? NaN;
export const median = (list) => percentile(list, 0.5);

export function createSteady(broker, topic, { tls = true, pauseMs = 4 } = {}) {
  const client = tls ? createClient(broker.ports.tls, { tls: { ca: broker.caPem }, login: plainLogin(broker.credentials[0]) }) : createClient(broker.ports.plain);
  const produce = { acks: -1, timeoutMs: 5_000, topicData: [{ name: topic, partitionData: [{ index: 0, records: goodBatch() }] }] };
  let latencies = [];
  let failures = 0;
  let worstMs = 0;
  let over = false;
  const timed = async (name, version, draft) => {
    const began = performance.now();
    try {
      await client.send(name, version, draft);
    } catch {
      failures++;
    }
    const tookMs = performance.now() - began;
    latencies.push(tookMs);
    worstMs = Math.max(worstMs, tookMs);
  };
  const running = (async () => {
    while (!over) {
      await timed('Produce', 9, produce);
      await timed('Metadata', 12, { topics: [{ name: topic }] });
      await sleep(pauseMs);
    }
  })();
  return {
    /** p99 of what ends within the slot. */
    async slot(milliseconds) {
      latencies = [];
      await sleep(milliseconds);
      return percentile(latencies, 0.99);
    },
    get failures() { return failures; },
    get worstMs() { return worstMs; },
    async stop() { over = true; await running; client.close(); },
  };
}
