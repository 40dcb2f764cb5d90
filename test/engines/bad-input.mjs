#!/usr/bin/env node
// What can go wrong with Apache Kafka on a machine, done to a platform: tools that are missing, old or killed; ports, directories, memory and disk that
// aren't to be had; requests that make no sense; damaged files; deletions at every moment; tenants and brokers that reach for others' clusters.
// A line each: it failed or was refused with the reason, mended when it could be, and left nothing.
// usage: node test/engines/bad-input.mjs [--only tools|requests|machine|damage|deletion|isolation|secrets]…
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createReport, newHome, Platform } from '../support/platform.mjs';
import { damage } from './bad/damage.mjs';
import { deletions, deletionsOf } from './bad/deletion.mjs';
import { ambitiousAdministrator, foreignCertificates, foreignKeys, foreignTenant } from './bad/isolation.mjs';
import { directories, disks, memory, ports } from './bad/machine.mjs';
import { changes, requests } from './bad/requests.mjs';
import { secrets } from './bad/secrets.mjs';
import { interruptedInstallation, javaGone, withoutJava, withoutMaven, withOldJava } from './bad/tools.mjs';
import { Trial } from './bad/trial.mjs';

const { values: options } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
const wants = (part) => options.only === undefined || options.only.includes(part);
const report = createReport('bad input to a platform with Apache Kafka');
const scratch = mkdtempSync(join(tmpdir(), 'sluice-bad-'));
const platform = new Platform(await newHome());
const trial = new Trial(platform, report);

async function tools() {
  await withoutJava(trial, scratch);
  await withOldJava(trial, scratch);
  const mended = await withoutMaven(trial, scratch);
  return interruptedInstallation(trial, scratch, mended);
}

async function withClusters() {
  await trial.begin();
  if (wants('requests')) await requests(trial);
  if (wants('machine')) {
    await memory(trial);
    await disks(trial);
  }
  const clusters = [await trial.create(), await trial.create()];
  for (const cluster of clusters) await trial.provisioned(cluster, 600_000);
  return clusters;
}

try {
  const clusters = wants('tools') ? await tools() : await withClusters();
  const [first, second] = clusters;
  if (wants('tools')) await javaGone(trial, scratch, first);
  if (wants('requests')) await changes(trial, first);
  if (wants('isolation')) {
    await foreignTenant(trial, first);
    await foreignKeys(trial, first, second);
    await foreignCertificates(trial, first, second);
    await ambitiousAdministrator(trial, first);
  }
  if (wants('secrets')) await secrets(trial, clusters);
  if (wants('machine')) {
    await directories(trial);
    await ports(trial);
  }
  if (wants('damage')) await damage(trial, await trial.get(second), scratch);
  if (wants('deletion')) {
    await deletions(trial);
    await deletionsOf(trial, { provisioned: first, paused: second });
  }
} catch (error) {
  report.line(false, `it could not go on: ${error.stack}`);
} finally {
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
  rmSync(scratch, { recursive: true, force: true });
}
report.end();
