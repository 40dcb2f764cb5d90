// Deletions at every moment of a cluster's life, and a platform that dies in the middle of one: no process, no file, no row may be left.
import { existsSync } from 'node:fs';
import { must, processesOf, until } from './trial.mjs';

const MINUTE = 60_000;

export async function deletions(trial) {
  await trial.check('deleted while it is being prepared', async () => {
    const cluster = await trial.create();
    await until('its directory', MINUTE, () => existsSync(trial.directory(cluster)), 2);
    await trial.removeWhole(cluster);
  });
  await trial.check('deleted at once after it was asked for', async () => {
    const cluster = await trial.create();
    await trial.removeWhole(cluster);
    must((await trial.remove(cluster)).status === 404, 'it can be deleted twice');
  });
  await trial.check('deleted while its broker starts; the second delete is a 404', async () => {
    const cluster = await trial.create();
    await until('its process', 2 * MINUTE, () => processesOf(trial.directory(cluster)).some(({ line }) => line.includes('kafka.Kafka')), 20);
    const answers = await Promise.all([trial.remove(cluster), trial.remove(cluster), trial.remove(cluster)]);
    const statuses = answers.map(({ status }) => status).sort();
    must(statuses.filter((status) => status < 300).length >= 1 && statuses.every((status) => status < 300 || status === 404 || status === 409), statuses.join());
    await trial.goneWhole(cluster);
    const again = await trial.remove(cluster);
    must(again.status === 404, `${again.status}`);
    return `three at once: ${statuses.join(', ')}`;
  });
}

/** The three of them run. */
export async function deletionsOf(trial, { provisioned, paused }) {
  await trial.check('deleted while paused', async () => {
    const { status, body, text } = await trial.lifeCycle(paused, 'pause');
    must(status === 202, text);
    await trial.platform.operation(body, 2 * MINUTE);
    await trial.removeWhole(paused);
  });
  await trial.check('the platform killed in the middle of a deletion: finished after its restart', async () => {
    const { status, text } = await trial.remove(provisioned);
    must(status === 204 || status === 202, text);
    await trial.restart({}, 'SIGKILL');
    await trial.goneWhole(provisioned);
  });
}
