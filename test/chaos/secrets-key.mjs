// `npm run chaos:secrets-key -- [--rounds N]`: a cluster of one platform is attached to another, whose key for credentials is then replaced by a command that is
// killed, earlier or later each round. After each kill the platform starts and looks into the cluster with the sealed credential: none is ever lost.
import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createReport, newHome, Platform, root } from '../support/platform.mjs';

const rounds = process.argv.includes('--rounds') ? Number(process.argv[process.argv.indexOf('--rounds') + 1]) : 6;
const report = createReport(`the key for credentials replaced, ${rounds} times by a command that is killed`);
const owner = new Platform(await newHome());
const own = await newHome();
const [first, last] = own.brokerPorts.split('-').map(Number);
const platform = new Platform({ ...own, brokerPorts: `${first + 15_600}-${last + 15_600}` }, { SLUICE_EGRESS_ALLOW: '127.0.0.1,::1' });

const keyFile = join(platform.home, 'secrets.key');
const keysInFile = () => readFileSync(keyFile, 'utf8').trim().split('\n');

/** Runs the command; killed so long after the new key is in the file, if it is to be. */
function rotate(killAfterMs = null) {
  const [began, present] = [performance.now(), keysInFile().join()];
  const child = spawn(process.execPath, ['tools/secrets-key.mjs'], { cwd: root, env: platform.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { text += chunk; });
  let isOver = false;
  const watch = () => {
    if (isOver) return;
    if (keysInFile().join() === present) setImmediate(watch);
    else setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  };
  if (killAfterMs !== null) watch();
  return new Promise((resolve) => child.on('close', (status, signal) => {
    isOver = true;
    resolve({ ok: status === 0, wasKilled: signal === 'SIGKILL', text: text.trim(), tookMs: performance.now() - began });
  }));
}

let password;

async function attach() {
  await owner.start();
  const there = await owner.environment();
  const cluster = await owner.cluster(there);
  const key = await owner.clusterKey(cluster, there, owner.admin.userId);
  password = key.apiSecret;
  await owner.topic(cluster, 'sealed');
  await platform.start();
  const environment = await platform.environment();
  const [organization] = (await platform.call('GET', '/org/v2/organizations')).data;
  return platform.call('POST', '/sluice/v1/attached-clusters', {
    organization_id: organization.id, environment_id: environment.id, display_name: 'elsewhere', bootstrap_servers: [cluster.spec.kafka_bootstrap_endpoint], security_protocol: 'SASL_SSL',
    mechanism: 'SCRAM-SHA-512', username: key.apiKey, password: key.apiSecret, ca_pem: readFileSync(owner.admin.caFile, 'utf8'),
  });
}

try {
  const attached = await attach();
  const opens = async () => (await platform.call('GET', `/kafka/v3/clusters/${attached.id}/topics`)).data.some(({ topic_name: name }) => name === 'sealed');
  report.line(await opens(), `${attached.id} is attached, and the platform looks into it`);
  const before = keysInFile();
  const refused = await rotate();
  report.line(!refused.ok && /a platform runs/.test(refused.text) && keysInFile().join() === before.join(), `while the platform runs it is refused: ${refused.text}`);
  await platform.signal('SIGTERM');
  const whole = await rotate();
  report.line(whole.ok && keysInFile().length === 1 && !before.includes(keysInFile()[0]), `npm run secrets:rotate (${Math.round(whole.tookMs)} ms): ${whole.text.split('\n')[1]?.trim()}`);
  copyFileSync(keyFile, `${keyFile}.before`);
  let cutOff = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const killed = await rotate(2 * (round - 1));
    const left = keysInFile().length;
    if (killed.wasKilled && left === 2) cutOff += 1;
    await platform.start();
    const isOpen = await opens();
    report.line(isOpen && keysInFile().length === 1, `${killed.wasKilled ? 'killed' : 'done before it could be killed'}, ${2 * (round - 1)} ms after the new key was there, with ${left} in the file; the platform starts, 1 is left, the credential opens`);
    await platform.signal('SIGTERM');
  }
  report.line(cutOff > 0, `${cutOff} of ${rounds} were cut off between the new key and the end of the earlier one`);
  copyFileSync(`${keyFile}.before`, keyFile);
  const stale = await rotate();
  report.line(stale.ok && stale.text.includes(`unreadable   ${attached.id}`), 'with a key file of long ago the credential is named as unreadable');
  await platform.start();
  await platform.call('PATCH', `/sluice/v1/attached-clusters/${attached.id}`, { password }, { expect: [200] });
  report.line(await opens(), 'and given anew it opens');
} catch (error) {
  report.line(false, error.stack);
} finally {
  for (const each of [platform, owner]) {
    await each.signal('SIGTERM').catch(() => undefined);
    each.destroy();
  }
}
report.end();
