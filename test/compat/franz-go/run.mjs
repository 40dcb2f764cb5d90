#!/usr/bin/env node
// kadm, the administrative client of franz-go, against a cluster that curl made: topics, configs, ACLs, offsets, groups and lag, over SASL_SSL SCRAM-SHA-512.
// usage: node test/compat/franz-go/run.mjs
import { createReport, newHome, onPlatform, Platform } from '../../support/platform.mjs';
import { franzGo as program, installers } from '../../../tools/clients/install.mjs';
import { franz } from '../clients/franz-go.mjs';
import { runClient } from '../clients/process.mjs';

const report = createReport('kadm (franz-go): administrative calls');
const missing = installers.franzGo();
if (missing) {
  report.skipped(missing);
  report.end();
} else {
  const platform = new Platform(await newHome());
  await onPlatform(platform, report, async () => {
    const environment = await platform.environment();
    const cluster = await platform.cluster(environment);
    const somebody = await platform.serviceAccount('somebody');
    const key = await platform.clusterKey(cluster, environment, platform.admin.userId);
    const target = { bootstrap: cluster.spec.kafka_bootstrap_endpoint, caFile: platform.admin.caFile, key, mechanism: 'SCRAM-SHA-512' };
    await platform.topic(cluster, 'orders');
    await franz.produce(target, { topic: 'orders', codec: 'zstd', records: Array.from({ length: 1000 }, (_, i) => ({ key: `key-${i % 7}`, value: `v-${i}` })) });
    await franz.consume(target, { topic: 'orders', group: 'readers', count: 1000 });
    const env = { BOOTSTRAP: target.bootstrap, API_KEY: key.apiKey, API_SECRET: key.apiSecret, CA_FILE: target.caFile, MECHANISM: target.mechanism };
    const { code, stdout, stderr } = await runClient(program, ['admin', 'orders', 'readers', `User:${somebody.id}`], { env });
    for (const line of stdout.trim().split('\n').filter(Boolean)) report.line(true, line);
    if (code !== 0) report.line(false, stderr.trim());
  });
}
