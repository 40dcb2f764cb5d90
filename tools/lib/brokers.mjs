// What is recorded of brokers below $SLUICE_HOME/clusters. The driver writes the records (libs/drivers/nodes/node-record.ts).
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from './config.mjs';
import { commandLine, findByArgument, isRunning } from './process-identity.mjs';

const names = (directory, pattern) => (existsSync(directory) ? readdirSync(directory).filter((name) => pattern.test(name)).sort() : []);

/** The recorded process, if it is there and still that one. A platform that was killed between a start and its record has left none to go by but the path of its configuration. */
function processOf(record, configuration) {
  if (!record) return null;
  if (record.pid === null) return record.phase === 'launching' ? findByArgument(configuration) : null;
  const identity = { pid: record.pid, startTime: record.startTime };
  return isRunning(identity) && commandLine(record.pid).includes(configuration) ? identity : null;
}

/** Servers that several clusters share and that run on without the platform, as their brokers do: those of the ensemble below $SLUICE_HOME/zookeeper. */
export function listServices(home) {
  const root = join(home, 'zookeeper');
  return names(root, /^node-\d+$/).flatMap((node) => {
    const identity = processOf(readJson(join(root, node, 'run', 'process.json')), join(root, node, 'zoo.cfg'));
    return identity ? [{ name: `zookeeper ${node}`, identity }] : [];
  });
}

/** Brokers with a record, running or not. */
export function listBrokers(home) {
  const root = join(home, 'clusters');
  return names(root, /^lkc-/).flatMap((clusterId) => names(join(root, clusterId), /^node-\d+$/).flatMap((node) => {
    const directory = join(root, clusterId, node);
    const record = readJson(join(directory, 'run', 'process.json'));
    if (!record) return [];
    const found = processOf(record, join(directory, 'server.properties'));
    const [identity, running] = [found ?? { pid: record.pid, startTime: record.startTime }, found !== null];
    const status = readJson(join(directory, 'run', 'status.json'));
    const phase = running ? (status?.pid === record.pid ? status.phase : record.everReady ? 'ready' : 'starting') : record.phase === 'stopped' ? 'stopped' : 'not running';
    // Only the embedded engine's have a build of the platform's; others have the version that their cluster wants.
    const engine = readJson(join(root, clusterId, 'engine.json'))?.engine ?? null;
    return [{ clusterId, node, directory, identity, running, phase, bundle: record.bundle, hasBuild: engine === null }];
  }));
}
