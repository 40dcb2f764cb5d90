#!/usr/bin/env node
// One suite of what tenants do (topics, configs, ACLs, groups, keys, records, placement), with the engine as its parameter: on a platform of its own, in a cluster
// that is made over HTTP. What an engine doesn't declare is left out, and said. Engines that can't be had here are skipped with the reason.
// usage: node test/engines/run.mjs [--engine NAME]… [--version V] [--brokers N] [--only WORD]…
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { newHome, Platform, root } from '../support/platform.mjs';
import { acls } from './checks/acls.mjs';
import { configs } from './checks/configs.mjs';
import { groups } from './checks/groups.mjs';
import { keys } from './checks/keys.mjs';
import { naming } from './checks/naming.mjs';
import { losses, placement } from './checks/placement.mjs';
import { records } from './checks/records.mjs';
import { topics } from './checks/topics.mjs';
import { Context, findClients } from './context.mjs';
import { clusterRequest, figuresOf, unavailable } from './engines.mjs';


const checks = [...topics, ...naming, ...acls, ...records, ...groups, ...keys, ...configs, ...placement, ...losses];
const { values: options } = parseArgs({ options: { engine: { type: 'string', multiple: true }, version: { type: 'string' }, brokers: { type: 'string' }, only: { type: 'string', multiple: true } } });
const chosen = options.only ? checks.filter(({ title }) => options.only.some((word) => title.includes(word))) : checks;

async function runCheck(context, { title, needs, run }) {
  const reason = needs?.(context) ?? null;
  if (reason !== null) {
    console.log(`  – ${title}: skipped, ${reason}`);
    return '–';
  }
  try {
    const detail = await run(context);
    console.log(`  ✓ ${title}${detail ? `: ${detail}` : ''}`);
    return '✓';
  } catch (error) {
    console.log(`  ✗ ${title}: ${error.message}`);
    return '✗';
  }
}

/** A cluster of this offer: what a context needs to know of it, and how it is removed. */
async function makeCluster(platform, offer, environment) {
  // It comes with a part of the product, which is built by now.
  if (!offer.is_provisioned) return (await import('./foreign.mjs')).attachForeign(platform, environment);
  const began = performance.now();
  const asked = await platform.call('POST', '/cmk/v2/clusters', clusterRequest(offer, environment, { brokers: options.brokers ? Number(options.brokers) : undefined, version: options.version }));
  const cluster = await platform.provisioned(asked, environment, figuresOf(offer.name).provisionedWithinMs, 200);
  console.log(`  cluster ${cluster.id}, ${JSON.stringify(cluster.spec.config.sluice)}, provisioned in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return { cluster, capabilities: offer.capabilities, remove: () => removeCluster(platform, cluster, environment), release: async () => undefined };
}

async function removeCluster(platform, cluster, environment) {
  await platform.call('DELETE', `/cmk/v2/clusters/${cluster.id}?environment=${environment.id}`);
  for (const deadline = performance.now() + 120_000; performance.now() < deadline;) {
    const { data } = await platform.call('GET', `/sluice/v1/operations?resource_id=${cluster.id}&page_size=100`);
    const { phase } = data.find(({ spec }) => spec.operation === 'cluster.delete').status;
    if (phase !== 'RUNNING') return phase === 'SUCCEEDED';
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}

/** Marks by title; null when the engine can't be had. */
async function runEngine(platform, offer, name, found) {
  console.log(`\n${name}${offer ? ` (${offer.title})` : ''}`);
  const missing = unavailable(offer, name);
  if (missing !== null) {
    console.log(`  – skipped: ${missing}`);
    return null;
  }
  const marks = new Map();
  const environment = await platform.environment(`suite ${name}`);
  const began = performance.now();
  let made;
  try {
    made = await makeCluster(platform, offer, environment);
  } catch (error) {
    console.log(`  ✗ a cluster: ${error.message}`);
    return new Map([['a cluster', '✗']]);
  }
  const context = new Context({ platform, environment, offer, figures: figuresOf(name), ...made, ...found });
  for (const check of chosen) marks.set(check.title, await runCheck(context, check));
  const title = 'deleted or detached, with all that the platform had of it';
  const isGone = await made.remove().catch((error) => { console.log(`    ${error.message}`); return false; });
  await made.release();
  console.log(`  ${isGone ? '✓' : '✗'} ${title}`);
  marks.set(title, isGone ? '✓' : '✗');
  console.log(`  ${((performance.now() - began) / 1000).toFixed(0)} s`);
  return marks;
}

function summarize(results) {
  const width = 14;
  const titles = [...new Set([...results.values()].flatMap((marks) => [...marks?.keys() ?? []]))];
  console.log(`\n${[...results.keys()].map((name) => name.slice(0, width).padEnd(width + 1)).join('')}`);
  for (const title of titles) console.log(`${[...results.values()].map((marks) => (marks?.get(title) ?? '·').padEnd(width + 1)).join('')}${title}`);
  for (const [name, marks] of results) {
    const count = (mark) => [...marks?.values() ?? []].filter((each) => each === mark).length;
    console.log(marks === null ? `${name}: not here` : `${name}: ${count('✓')} passed, ${count('✗')} failed, ${count('–')} not declared or not here`);
  }
}

const found = findClients();
for (const [client, reason] of Object.entries(found.missing)) console.log(`without ${client}: ${reason}`);
// What is installed once stays for the next run.
const installations = join(root, '.cache', 'kafka');
mkdirSync(installations, { recursive: true });
/** Nobody else's on this machine, as little as the brokers' are. */
const zookeeperPort = 16_000 + 10 * (process.pid % 100);
const platform = new Platform(await newHome(), {
  SLUICE_KAFKA_DIR: process.env.SLUICE_KAFKA_DIR ?? installations, SLUICE_ZOOKEEPER_PORTS: `${zookeeperPort}-${zookeeperPort + 8}`, SLUICE_EGRESS_ALLOW: '127.0.0.0/8,::1',
});
const results = new Map();
try {
  await platform.start();
  const offers = (await platform.call('GET', '/sluice/v1/engines')).data;
  for (const name of options.engine ?? offers.map((offer) => offer.name)) results.set(name, await runEngine(platform, offers.find((offer) => offer.name === name), name, found));
} finally {
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
}
summarize(results);
process.exitCode = [...results.values()].some((marks) => [...marks?.values() ?? []].includes('✗')) ? 1 : 0;
