// Runs cases in pairs. Both brokers of a flush mode stay up through all of its cases, one client holds connections to both, and who begins changes with every pair.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createBroker } from './brokers.mjs';
import { KINDS, warm } from './kinds.mjs';
import { orderOf, round } from './pairs.mjs';

const SIDES = ['ours', 'kafka'];
/** Metrics that a progress line shows. */
const SHOWN = { throughput: 'MB/s', e2e_p99_ms: 'ms p99', start_ms: 'ms', topics_created_s: 's', connected_s: 's' };

async function startBrokers(directory, flush, options) {
  const brokers = {};
  for (const side of SIDES) {
    brokers[side] = await createBroker(side, join(directory, `${side}-${flush}`), { ...options[side], identity: options.identity, flush });
    brokers[side].prepare();
    await brokers[side].start();
  }
  return brokers;
}

/** For every metric its pairs: `[{ metric, pairs: [{ ours, kafka }], noise: [shares] }]`. */
async function runCase(session, pairCount, progress) {
  const { definition } = session;
  const kind = KINDS[definition.kind];
  session.prepared = {};
  for (const side of SIDES) if (kind.prepare) session.prepared[side] = await kind.prepare(session, side);
  const metrics = new Map();
  const noise = [];
  for (let pair = 0; pair < pairCount; pair++) {
    const runs = {};
    for (const side of orderOf(pair)) runs[side] = await kind.run(session, side);
    noise.push(Math.max(runs.ours.noise, runs.kafka.noise));
    for (const metric of Object.keys(runs.ours.metrics)) {
      const pairs = metrics.get(metric) ?? [];
      pairs.push({ ours: runs.ours.metrics[metric], kafka: runs.kafka.metrics[metric] });
      metrics.set(metric, pairs);
    }
    progress(pairLine(definition, pair, pairCount, runs, noise.at(-1)));
  }
  for (const side of SIDES) if (kind.finish) await kind.finish(session, side);
  return { definition, noise, metrics: [...metrics].map(([metric, pairs]) => ({ metric, pairs })) };
}

function pairLine({ name }, pair, pairCount, { ours, kafka }, noise) {
  const metric = Object.keys(SHOWN).find((each) => each in ours.metrics);
  const [left, right] = [ours.metrics[metric], kafka.metrics[metric]];
  return `${name}  pair ${pair + 1}/${pairCount}: ours ${round(left)}, Kafka ${round(right)} ${SHOWN[metric]}, ratio ${(left / right).toFixed(2)}${noise > 0.1 ? `  (others used ${Math.round(noise * 100)} % of the machine)` : ''}`;
}

/** @param options `pairs`, `directory`, `identity`, `client`, `progress(line)`, and by side what `createBroker` takes. */
export async function runCases(cases, options) {
  const results = [];
  const { client, directory, progress } = options;
  mkdirSync(directory, { recursive: true });
  let done = 0;
  for (const flush of ['os', 'fsync']) {
    const chosen = cases.filter((each) => each.flush === flush);
    if (chosen.length === 0) continue;
    progress(`starting both brokers, flush mode ${flush}`);
    const brokers = await startBrokers(directory, flush, options);
    const session = { client, brokers, directory, identity: options.identity };
    try {
      const listeners = [...new Set(chosen.map(({ listener }) => listener))];
      for (const side of SIDES) {
        progress(`warming ${side} (${listeners.join(', ')})`);
        await warm(session, side, listeners);
      }
      for (const definition of chosen) {
        results.push(await runCase({ ...session, definition }, options.pairs, (line) => progress(`[${done + 1}/${cases.length}] ${line}`)));
        done++;
      }
    } finally {
      for (const side of SIDES) {
        await client.ask('forget', brokers[side].connection('plaintext')).catch(() => undefined);
        await brokers[side].destroy();
      }
    }
  }
  return results;
}
