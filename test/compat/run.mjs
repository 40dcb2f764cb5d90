#!/usr/bin/env node
// Unmodified Kafka clients against a cluster that curl made: each writes and reads RECORDS (10,000) over SASL_SSL in every mechanism and every compression
// that it ships, as a group; every record arrives once and in order per partition; without the ACL it is refused with Kafka's code.
// usage: node test/compat/run.mjs [--records N] [--quick] [client …]
import { parseArgs } from 'node:util';
import { createReport, newHome, Platform } from '../support/platform.mjs';
import { franz } from './clients/franz-go.mjs';
import { java } from './clients/java.mjs';
import { kafkaJs } from './clients/kafkajs.mjs';
import { kcat } from './clients/kcat.mjs';
import { python } from './clients/python.mjs';

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { records: { type: 'string', default: '10000' }, quick: { type: 'boolean', default: false } } });
const count = Number(options.records);
const clients = { kcat, kafkajs: kafkaJs, python, java, 'franz-go': franz };
const chosen = positionals.length ? positionals.map((name) => clients[name]) : Object.values(clients);
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

/** Keys spread over partitions; the number in the value tells the order in which a key's records were sent. */
const records = Array.from({ length: count }, (_, i) => ({ key: `key-${i % 97}`, value: `v-${i}` }));

function whatIsWrong(found) {
  const seen = new Set(found.map((record) => record.value));
  if (found.length !== count) return `${found.length} records instead of ${count}`;
  if (seen.size !== count) return `${count - seen.size} records twice`;
  if (records.some((record) => !seen.has(record.value))) return 'a record is missing';
  const lastOffset = new Map();
  const lastOfKey = new Map();
  for (const { partition, offset, value } of found) {
    const number = Number(value.slice(2));
    if (offset !== (lastOffset.get(partition) ?? -1) + 1) return `partition ${partition}: offset ${offset} after ${lastOffset.get(partition) ?? -1}`;
    lastOffset.set(partition, offset);
    const key = `${partition}/${number % 97}`;
    if ((lastOfKey.get(key) ?? -1) > number) return `partition ${partition}: ${value} after v-${lastOfKey.get(key)}`;
    lastOfKey.set(key, number);
  }
  return null;
}

async function exchange(platform, cluster, client, target, codec) {
  const topic = `${client.name.replace(/\W+/g, '-')}-${target.mechanism}-${codec}`.toLowerCase();
  const group = `${topic}-readers`;
  await platform.topic(cluster, topic);
  const began = performance.now();
  await client.produce(target, { topic, codec, records });
  const found = await client.consume(target, { topic, group, count });
  const wrong = whatIsWrong(found);
  if (wrong) return { ok: false, text: wrong };
  const lags = await platform.call('GET', `/kafka/v3/clusters/${cluster.id}/consumer-groups/${group}/lags`);
  const ends = lags.data.reduce((sum, row) => sum + row.log_end_offset, 0);
  const lag = lags.data.reduce((sum, row) => sum + row.lag, 0);
  if (ends !== count || lag !== 0) return { ok: false, text: `the log holds ${ends} records, the group lags by ${lag}` };
  return { ok: true, text: `${count} records once and in order, group at lag 0, ${((performance.now() - began) / 1000).toFixed(1)} s` };
}

// Installing takes long and holds this process up; the platform would close its idle connections meanwhile.
const reasons = new Map(chosen.map((client) => [client, client.unavailable()]));
const platform = new Platform(await newHome());
const report = createReport(`Kafka clients: ${count} records each`);
try {
  await platform.start();
  const environment = await platform.environment();
  const cluster = await platform.cluster(environment);
  const [allowed, outsider] = await Promise.all([platform.serviceAccount('compat'), platform.serviceAccount('outsider')]);
  for (const [type, name] of [['TOPIC', 'READ'], ['TOPIC', 'WRITE'], ['TOPIC', 'DESCRIBE'], ['GROUP', 'READ']]) await platform.acl(cluster, allowed.id, type, '*', name);
  // The outsider may do all that a client does on its way there (write elsewhere, so that it gets a producer id; join a group), but not touch this topic.
  for (const [type, name, operation] of [['TOPIC', 'elsewhere', 'WRITE'], ['TOPIC', 'forbidden', 'DESCRIBE'], ['GROUP', '*', 'READ']]) await platform.acl(cluster, outsider.id, type, name, operation);
  const base = { bootstrap: cluster.spec.kafka_bootstrap_endpoint, caFile: platform.admin.caFile };
  const key = await platform.clusterKey(cluster, environment, allowed.id);
  const strangers = await platform.clusterKey(cluster, environment, outsider.id);
  await platform.topic(cluster, 'forbidden');
  for (const client of chosen) {
    const missing = reasons.get(client);
    if (missing) { report.skipped(`${client.name}: ${missing}`); continue; }
    const codecs = options.quick ? client.codecs.slice(0, 2) : client.codecs;
    const runs = [...codecs.map((codec) => ['PLAIN', codec]), ...MECHANISMS.slice(1).map((mechanism) => [mechanism, 'none'])];
    for (const [mechanism, codec] of runs) {
      const outcome = await exchange(platform, cluster, client, { ...base, key, mechanism }, codec).catch((error) => ({ ok: false, text: error.message }));
      report.line(outcome.ok, `${client.name}, SASL_SSL ${mechanism}, ${codec}: ${outcome.text}`);
    }
    const said = await client.refused({ ...base, key: strangers, mechanism: 'PLAIN' }, { topic: 'forbidden', group: `forbidden-${client.name.replace(/\W+/g, '-')}` });
    for (const side of ['write', 'read']) {
      const ok = client.codes[side].test(said[side]);
      report.line(ok, `${client.name}, no ACL, ${side}: ${ok ? said[side].match(client.codes[side])[0] : `not refused as expected: ${said[side].trim().slice(0, 300)}`}`);
    }
  }
} finally {
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
}
report.end();
