// A crowd: 10,000 logged-in connections that do nothing and 10,000 failed logins, over TLS from 2,500 loopback addresses, while one honest client
// works. What it waits at the 99th percentile is compared in turns: seconds with the crowd at work, seconds with the crowd at rest.
// node test/hostile/many.mjs [--connections 10000] [--logins 10000] [--slot 3000]
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createReport } from '../support/platform.mjs';
import { startBroker } from './broker.mjs';
import { forkIdle } from './idle-process.mjs';
import { createSteady, median } from './steady.mjs';
import { createClient } from './wire.mjs';

const { values } = parseArgs({ options: { connections: { type: 'string', default: '10000' }, logins: { type: 'string', default: '10000' }, slot: { type: 'string', default: '3000' } } });
const count = Number(values.connections);
const logins = Number(values.logins);
const slotMs = Number(values.slot);
const PROCESSES = 2;
const SASL_AUTHENTICATION_FAILED = 58;
const MIB = 1024 * 1024;

const report = createReport(`${count} idle connections, ${logins} failed logins`);
// Kafka closes what has been idle for ten minutes, and the crowd needs longer than that to come and go.
const broker = await startBroker({ more: { 'sluice.flush.mode': 'ack', 'connections.max.idle.ms': '3600000' } });
// It stands for other people's machines: what its own handshakes cost must not be taken from the broker and the client that is measured.
const crowd = Array.from({ length: PROCESSES }, () => forkIdle(new URL('./many-clients.mjs', import.meta.url), ['--no-warnings']));
const tell = (message) => { for (const child of crowd) child.send(message); };
const ask = (question, what) => Promise.all(crowd.map((child) => new Promise((resolve) => {
  const hear = (message) => { if (message[what] !== undefined) { child.off('message', hear); resolve(message); } };
  child.on('message', hear);
  if (question !== null) child.send(question);
})));
const sum = (outcomes) => outcomes.reduce((all, each) => { for (const [what, times] of Object.entries(each)) all[what] = (all[what] ?? 0) + times; return all; }, {});

/** The crowd at work and at rest in turns until it has finished. */
async function inTurns(steady, order) {
  let finished = null;
  const end = ask(null, 'finished').then((messages) => { finished = messages; });
  crowd.forEach((child, index) => child.send({ ...order, open: Math.floor(order.open / PROCESSES), from: index * Math.floor(order.open / PROCESSES) }));
  const [working, resting] = [createTally(), createTally()];
  while (finished === null) {
    await working.during(async () => { working.p99s.push(await steady.slot(slotMs)); });
    if (finished !== null) break;
    await working.during(async () => {
      tell('pause');
      await sleep(300);
    });
    await resting.during(async () => { resting.p99s.push(await steady.slot(slotMs)); });
    tell('resume');
  }
  await end;
  return {
    busy: working.p99s, calm: resting.p99s, seconds: working.ms / 1000, outcomes: sum(finished.map((message) => message.finished)),
    cpuMs: (working.cpuMs - (resting.cpuMs / resting.ms) * working.ms) / order.open, held: finished.reduce((all, { held }) => all + held, 0),
  };
}

/** How long something lasted and what processor time the broker took meanwhile, the honest client's part in it. */
function createTally() {
  const tally = {
    ms: 0, cpuMs: 0, p99s: [],
    async during(work) {
      const [began, cpuBefore] = [performance.now(), broker.cpuMs()];
      await work();
      tally.ms += performance.now() - began;
      tally.cpuMs += broker.cpuMs() - cpuBefore;
    },
  };
  return tally;
}

async function slots(steady, times) {
  const found = [];
  for (let index = 0; index < times; index++) found.push(await steady.slot(slotMs));
  return found;
}

const text = (list) => `${median(list).toFixed(1)} ms (${list.map((each) => each.toFixed(1)).join(', ')})`;
function judge(title, loaded, base, more) {
  const ratio = median(loaded) / median(base);
  report.line(ratio <= 2, `${title}: p99 ${text(loaded)}, without ${text(base)}: ratio ${ratio.toFixed(2)}; ${more}`);
  console.log(JSON.stringify({ case: title, metric: 'p99_ratio', value: Number(ratio.toFixed(3)) }));
}

try {
  const admin = createClient(broker.ports.plain);
  await admin.send('CreateTopics', 7, { topics: [{ name: 'steady', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }], timeoutMs: 30_000, validateOnly: false });
  admin.close();
  const steady = createSteady(broker, 'steady');
  await steady.slot(4_000);
  const before = await slots(steady, 8);
  const rssBefore = broker.rssBytes();
  const { id, secret } = broker.credentials[0];

  const entering = await inTurns(steady, { port: broker.ports.tls, open: count, id, secret, keep: true });
  judge('connections being opened', entering.busy, entering.calm, `${entering.held} open after ${entering.seconds.toFixed(0)} s, ${entering.cpuMs.toFixed(2)} ms of processor time each: ${JSON.stringify(entering.outcomes)}`);
  report.line(entering.held === count, `${entering.held} of ${count} are logged in`);
  await sleep(3_000);
  const during = await slots(steady, 8);
  const rssDuring = broker.rssBytes();

  const failing = await inTurns(steady, { port: broker.ports.tls, open: logins, id, secret: 'slc_wrong', keep: false });
  judge('failed logins', failing.busy, failing.calm, `${failing.seconds.toFixed(0)} s, ${failing.cpuMs.toFixed(2)} ms of processor time each: ${JSON.stringify(failing.outcomes)}`);
  const refused = failing.outcomes[SASL_AUTHENTICATION_FAILED] ?? 0;
  report.line(refused === logins, `${refused} of ${logins} were told that their login failed, none got in`);
  const stillHeld = (await ask('held', 'held')).reduce((all, { held }) => all + held, 0);
  report.line(stillHeld === count, `${stillHeld} connections are still open`);
  tell('drop');
  await sleep(4_000);
  const after = await slots(steady, 8);
  judge('idle connections', during, [...before, ...after], `RSS ${Math.round(rssBefore / MIB)} → ${Math.round(rssDuring / MIB)} MiB, ${Math.round((rssDuring - rssBefore) / Math.max(1, count) / 1024)} KiB each; ${Math.round(broker.rssBytes() / MIB)} MiB after they left`);
  await steady.stop();
  report.line(steady.failures === 0, `the honest client failed ${steady.failures} times, waited ${steady.worstMs.toFixed(0)} ms at most`);
  report.line(broker.crashes().length === 0, `${broker.crashes().length} bugs in the log${broker.crashes().length > 0 ? `: ${broker.crashes()[0]}` : ''}`);
} catch (error) {
  report.line(false, error.stack);
} finally {
  for (const child of crowd) child.kill();
  report.line(await broker.stop() === 0, 'the same process stopped cleanly');
  report.end();
}
