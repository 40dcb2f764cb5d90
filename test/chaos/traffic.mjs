// Load from real clients, and the history of what they saw. The checker is the simulation's.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createHistory } from '../../dist/libs/engine/sim/history.js';
import { python as interpreter } from '../../tools/clients/install.mjs';
import { python } from '../compat/clients/python.mjs';

const script = fileURLToPath(new URL('./load.py', import.meta.url));

/** Starts `producers` idempotent writers; `stop()` lets them flush and answers what they had to give up, and how often one numbered its records anew. */
export function startTraffic(target, { topic, partitions, producers, rate }) {
  const history = createHistory();
  const failed = [];
  let renumbered = 0;
  let lastAckMs = performance.now();
  let longestGapMs = 0;
  const writers = Array.from({ length: producers }, (_, index) => {
    const child = spawn(interpreter, [script, topic, String(partitions), `p${index}`, String(rate)], {
      stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, BOOTSTRAP: target.bootstrap, API_KEY: target.key.apiKey, API_SECRET: target.key.apiSecret, CA_FILE: target.caFile },
    });
    let left = null;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [kind, a, b, c] = line.split(' ');
      if (kind === 'sent') history.sent(`p${index}`, Number(a), b, Number(c));
      else if (kind === 'ack') {
        // A repeated send whose first answer was lost is told to have arrived, and not where.
        history.acknowledged(Number(a), c, b === 'None' ? null : Number(b));
        longestGapMs = Math.max(longestGapMs, performance.now() - lastAckMs);
        lastAckMs = performance.now();
      } else if (kind === 'failed') failed.push(`${a} ${b}`);
      else if (kind === 'renumbered') renumbered++;
      else if (kind === 'end') left = Number(a);
    });
    const ended = new Promise((resolve) => child.once('close', (code) => resolve(left ?? `writer p${index} ended with ${code}`)));
    return { child, ended };
  });
  return {
    history,
    get acknowledged() { return history.acknowledgedCount; },
    get longestGapMs() { return Math.max(longestGapMs, performance.now() - lastAckMs); },
    resetGap() { longestGapMs = 0; lastAckMs = performance.now(); },
    async stop() {
      for (const { child } of writers) child.stdin.end();
      const left = await Promise.all(writers.map(({ ended }) => ended));
      return { failed, left: left.filter((each) => each !== 0), renumbered };
    },
  };
}

/** Reads everything that the topic holds, also what nobody was told is there, and lets the checker judge. */
export async function judge(target, history, { topic, partitions }) {
  const found = await python.readAll({ ...target, mechanism: 'PLAIN' }, topic);
  const final = new Map(Array.from({ length: partitions }, (_, partition) => [partition, []]));
  for (const { partition, offset, value } of found) final.get(partition).push({ offset, value });
  return history.check(final);
}
