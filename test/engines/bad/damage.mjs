// A cluster that ran and can't any more: its files are damaged or another's, its Java can't have the memory. It is FAILED with a reason that tells what to look
// at, keeps its data, and is up again when the damage is undone and it is asked to restart.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { must, processesOf, script, until } from './trial.mjs';

const MINUTE = 60_000;

async function pause(trial, cluster) {
  const { status, body, text } = await trial.lifeCycle(cluster, 'pause');
  must(status === 202, text);
  await trial.platform.operation(body, 2 * MINUTE);
  must(processesOf(trial.directory(cluster)).length === 0, 'a process is left after the pause');
}

async function resume(trial, cluster) {
  const { status, text } = await trial.lifeCycle(cluster, 'resume');
  must(status === 202, text);
}

/** Paused, damaged, resumed, and back once `undo` has been called. Answers why it failed: where only the JVM finds it out, after a handful of starts. */
async function damaged(trial, cluster, undo, timeoutMs = 6 * MINUTE) {
  await resume(trial, cluster);
  const reason = await trial.failed(cluster, timeoutMs).finally(undo);
  const again = await trial.lifeCycle(cluster, 'restart');
  must(again.status === 202, `restart: ${again.text}`);
  await until(`PROVISIONED ${cluster.id}`, 3 * MINUTE, async () => (await trial.get(cluster)).status.phase === 'PROVISIONED', 200);
  await trial.platform.healthy(cluster);
  return reason;
}

/** `cluster` is of one broker. `scratch` is the test's own directory. */
export async function damage(trial, cluster, scratch) {
  const data = (...more) => trial.directory(cluster, 'node-1', 'data', ...more);
  const edit = (file, change) => {
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, change(before));
    return () => writeFileSync(file, before);
  };
  await trial.check('server.properties overwritten while it is paused: made anew at the start', async () => {
    await pause(trial, cluster);
    edit(trial.directory(cluster, 'node-1', 'server.properties'), () => 'listeners=PLAINTEXT://0.0.0.0:9092\nsuper.users=User:ANONYMOUS\n');
    await resume(trial, cluster);
    await trial.platform.healthy(cluster);
    const text = readFileSync(trial.directory(cluster, 'node-1', 'server.properties'), 'utf8');
    must(!text.includes('ANONYMOUS') && text.includes('SASL_SSL'), 'the overwritten one is still there');
  });
  await trial.check('meta.properties of another cluster: FAILED with the reason; mended and restarted, up', async () => {
    await pause(trial, cluster);
    const undo = edit(data('meta.properties'), (text) => text.replace(/cluster\.id=.*/, 'cluster.id=AAAAAAAAAAAAAAAAAAAAAA'));
    const reason = await damaged(trial, cluster, undo);
    must(/cluster.?id|another cluster|data of cluster/i.test(reason), reason);
    return reason;
  });
  await trial.check('a JVM that can\'t have its heap: FAILED with what Java said; with memory, up', async () => {
    await pause(trial, cluster);
    const home = join(scratch, 'poor-java');
    mkdirSync(join(home, 'bin'), { recursive: true });
    const real = execFileSync('sh', ['-c', 'readlink -f "$(command -v java)"']).toString().trim();
    script(join(home, 'bin', 'java'), `case "$*" in *kafka.Kafka*) ulimit -v 400000;; esac\nexec ${real} "$@"`);
    await trial.restart({ SLUICE_JAVA_HOME: home });
    const reason = await damaged(trial, cluster, () => trial.restart({ SLUICE_JAVA_HOME: null }));
    must(/memory|heap|reserve/i.test(reason), reason);
    return reason;
  });
  await trial.check('its port taken by another program while it was paused: FAILED with the port; free again and restarted, up', async () => {
    await pause(trial, cluster);
    const port = Number(cluster.spec.kafka_bootstrap_endpoint.split(':')[1]);
    const server = createServer();
    await new Promise((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', done));
    const reason = await damaged(trial, cluster, () => new Promise((done) => server.close(done))).finally(() => server.close());
    must(/in use|bind/i.test(reason) && reason.includes(String(port)), reason);
    return reason;
  });
  await trial.check('its data directory gone while it is paused: not begun anew as if it had been empty; put back, up', async () => {
    await pause(trial, cluster);
    renameSync(data(), `${data()}.away`);
    const reason = await damaged(trial, cluster, () => {
      execFileSync('rm', ['-rf', data()]);
      renameSync(`${data()}.away`, data());
    });
    must(/meta\.properties|data|director|disk/i.test(reason), reason);
    return reason;
  });
}
