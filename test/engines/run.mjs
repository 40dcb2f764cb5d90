#!/usr/bin/env node
// One suite of what tenants do (topics, configs, ACLs, groups, keys, records, placement, disk), with the engine as its parameter: on a platform of its own, in a cluster
// that is made over HTTP, with a second one beside it for a while. What an engine doesn't declare is left out, and said. Engines that can't be had here are skipped with the reason.
// usage: node test/engines/run.mjs [--engine NAME]… [--version V] [--brokers N] [--only WORD]…
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { newHome, Platform, root } from '../support/platform.mjs';
import { acls } from './checks/acls.mjs';
import { configs } from './checks/configs.mjs';
import { disk } from './checks/disk.mjs';
import { groups } from './checks/groups.mjs';
import { keys } from './checks/keys.mjs';
import { naming } from './checks/naming.mjs';
import { neighbours } from './checks/neighbours.mjs';
import { losses, placement } from './checks/placement.mjs';
import { records } from './checks/records.mjs';
import { topics } from './checks/topics.mjs';
import { Context, findClients } from './context.mjs';
import { clusterRequest, figuresOf, unavailable } from './engines.mjs';


const checks = [...topics, ...naming, ...acls, ...records, ...groups, ...keys, ...configs, ...placement, ...disk];
const { values: options } = parseArgs({ options: { engine: { type: 'string', multiple: true }, version: { type: 'string' }, brokers: { type: 'string' }, only: { type: 'string', multiple: true } } });
const chosenOf = (list) => (options.only ? list.filter(({ title }) => options.only.some((word) => title.includes(word))) : list);

const GONE = 'deleted or detached, with all that the platform had of it';

async function runCheck(context, { title, needs, run }, ...others) {
  const reason = needs?.(context) ?? null;
  if (reason !== null) {
    console.log(`  – ${title}: skipped, ${reason}`);
    return '–';
  }
  try {
    const detail = await run(context, ...others);
    console.log(`  ✓ ${title}${detail ? `: ${detail}` : ''}`);
    return '✓';
  } catch (error) {
    console.log(`  ✗ ${title}: ${error.message}`);
    return '✗';
  }
}

/** A cluster of this offer: what a context needs to know of it, and how it is removed. */
async function makeCluster(platform, offer, environment, { brokers = options.brokers ? Number(options.brokers) : undefined, suffix = '' } = {}) {
  // It comes with a part of the product, which is built by now.
  if (!offer.is_provisioned) return (await import('./foreign.mjs')).attachForeign(platform, environment);
  const began = performance.now();
  const asked = await platform.call('POST', '/cmk/v2/clusters', clusterRequest(offer, environment, { brokers, version: options.version, suffix }));
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

async function makeContext(platform, offer, environment, found, asked) {
  const made = await makeCluster(platform, offer, environment, asked);
  const { status } = offer.is_provisioned ? await platform.call('GET', `/sluice/v1/clusters/${made.cluster.id}`) : { status: { services: [] } };
  return new Context({ platform, environment, offer, figures: figuresOf(offer.name), services: status.services ?? [], ...made, ...found });
}

async function runChecks(context, list, marks, ...others) {
  for (const check of chosenOf(list)) marks.set(check.title, await runCheck(context, check, ...others));
}

async function removed(context, marks) {
  const isGone = await context.remove().catch((error) => { console.log(`    ${error.message}`); return false; });
  await context.release();
  marks.set(GONE, isGone ? '✓' : '✗');
  console.log(`  ${isGone ? '✓' : '✗'} ${GONE}`);
}

/** A second, small cluster of the engine beside the first, for as long as they are compared. One that shares a service with the first goes through the suite as well. */
async function runBeside(first, marks, results, name, found) {
  if (chosenOf(neighbours).length === 0 && first.services.length === 0) return;
  const second = await makeContext(first.platform, first.offer, first.environment, found, { brokers: 1, suffix: '-2' });
  const own = new Map();
  if (first.services.length > 0) {
    results.set(`${name} (2)`, own);
    await runChecks(second, checks, own);
  }
  await runChecks(first, neighbours, marks, second);
  await removed(second, own);
  if (own.get(GONE) === '✗') marks.set('a second cluster, deleted', '✗');
}

/** Puts marks by title into the results; null when the engine can't be had. */
async function runEngine(platform, offer, name, results, found) {
  console.log(`\n${name}${offer ? ` (${offer.title})` : ''}`);
  const missing = unavailable(offer, name);
  if (missing !== null) {
    console.log(`  – skipped: ${missing}`);
    results.set(name, null);
    return;
  }
  const marks = new Map();
  results.set(name, marks);
  const environment = await platform.environment(`suite ${name}`);
  const began = performance.now();
  let context = null;
  try {
    context = await makeContext(platform, offer, environment, found);
    await runChecks(context, checks, marks);
    if (context.capabilities.life_cycle) await runBeside(context, marks, results, name, found);
    await runChecks(context, losses, marks);
    await removed(context, marks);
  } catch (error) {
    console.log(`  ✗ a cluster: ${error.message}`);
    marks.set('a cluster', '✗');
    await context?.release();
  }
  console.log(`  ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

function summarize(results) {
  const titles = [...new Set([...results.values()].flatMap((marks) => [...marks?.keys() ?? []]))];
  console.log(`\n${[...results.keys()].join('  ')}`);
  for (const title of titles) console.log(`${[...results].map(([name, marks]) => (marks?.get(title) ?? '·').padEnd(name.length + 2)).join('')}${title}`);
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
  for (const name of options.engine ?? offers.map((offer) => offer.name)) await runEngine(platform, offers.find((offer) => offer.name === name), name, results, found);
} finally {
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
}
summarize(results);
process.exitCode = [...results.values()].some((marks) => [...marks?.values() ?? []].includes('✗')) ? 1 : 0;
