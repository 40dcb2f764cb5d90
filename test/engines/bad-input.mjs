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

try {
  let clusters;
  if (wants('tools')) clusters = await tools();
  else {
    await trial.begin();
    clusters = [await trial.create(), await trial.create()];
    for (const cluster of clusters) await trial.provisioned(cluster, 600_000);
  }
  if (wants('tools')) await javaGone(trial, scratch, clusters[0]);
} catch (error) {
  report.line(false, `it could not go on: ${error.stack}`);
} finally {
  await platform.signal('SIGTERM').catch(() => undefined);
  platform.destroy();
  rmSync(scratch, { recursive: true, force: true });
}
report.end();
