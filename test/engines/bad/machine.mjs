// What the machine hasn't got: ports, memory, disk, directories that can be written.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { ENGINE, must, Skip, until } from './trial.mjs';

const limitsOf = async (trial) => (await trial.api('GET', '/sluice/v1/engines')).body.data.find(({ name }) => name === ENGINE).limits;

const listen = (port) => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject).listen(port, '127.0.0.1', () => resolve(server));
});

/** Answers listeners on every third port of a range: no block of three is free. */
async function takePorts(range) {
  const [first, last] = range.split('-').map(Number);
  const servers = [];
  for (let port = first; port <= last; port += 3) servers.push(await listen(port).catch(() => null));
  return { first, last, end: () => servers.forEach((server) => server?.close()) };
}

/** Without a JVM: what is asked for is more than there is. */
export async function memory(trial) {
  await trial.check('more brokers than the memory holds: FAILED with what they need and what is free; a smaller one is no problem afterwards', async () => {
    const { heap_mb: heap, brokers_max: brokers } = await limitsOf(trial);
    must(heap.max * brokers * 1024 ** 2 > totalmem(), `${brokers} × ${heap.max} MiB fit into this machine`);
    const cluster = await trial.create({ heapMb: heap.max, brokers });
    const reason = await trial.failed(cluster);
    must(/needs \d+ MiB/.test(reason) && /free \d+ MiB/.test(reason), reason);
    must((await trial.leftOf(cluster)).every((each) => !each.startsWith('process')), 'a process is there');
    await trial.removeWhole(cluster);
    return reason;
  });
}

/** The platform is restarted with a range that is all taken, then with its own again. */
export async function ports(trial) {
  const own = trial.platform.env.SLUICE_BROKER_PORTS;
  const first = Number(own.split('-')[1]) - 11;
  const range = `${first}-${first + 5}`;
  await trial.restart({ SLUICE_BROKER_PORTS: range });
  const taken = await takePorts(range);
  await trial.check('every block of the range is taken by others: it says so, and is deleted without a trace', async () => {
    const cluster = await trial.create();
    const said = await trial.said(cluster, 'cluster.create', /ports/);
    must(/SLUICE_BROKER_PORTS/.test(said), said);
    await trial.removeWhole(cluster);
    return said;
  });
  taken.end();
  const other = await listen(first);
  await trial.check('a port of the first block is somebody else\'s: the next block', async () => {
    const cluster = await trial.create();
    const found = await trial.provisioned(cluster);
    must(Number(found.spec.kafka_bootstrap_endpoint.split(':')[1]) >= first + 3, found.spec.kafka_bootstrap_endpoint);
    await trial.removeWhole(cluster);
    return found.spec.kafka_bootstrap_endpoint;
  });
  other.close();
  await trial.restart({ SLUICE_BROKER_PORTS: own });
}

const mount = (...args) => spawnSync('mount', args).status === 0;

/** Clusters of this home must be gone or elsewhere: another file system takes their place for a while. */
export async function disks(trial) {
  const clusters = `${trial.platform.home}/clusters`;
  const isMounted = mount('-t', 'tmpfs', '-o', 'size=64m,mode=0700', 'tmpfs', clusters);
  const needed = () => { if (!isMounted) throw new Skip('mounting a small file system takes root and a kernel that lets one'); };
  try {
    await trial.check('a disk that is nearly full: FAILED with how much is needed and free', async () => {
      needed();
      const cluster = await trial.create();
      const reason = await trial.failed(cluster);
      must(/disk/.test(reason) && /SLUICE_HOME|make room/.test(reason), reason);
      await trial.removeWhole(cluster);
      return reason;
    });
    await trial.check('a home that can\'t be written: it says so in words, and delete works once it can', async () => {
      needed();
      if (!mount('-o', 'remount,ro,size=2g', clusters)) throw new Skip('the file system could not be made read-only');
      const cluster = await trial.create();
      const reason = await Promise.any([trial.failed(cluster), trial.said(cluster, 'cluster.create', /read-only|EROFS/)]);
      must(/read-only|can't be written/i.test(reason), reason);
      mount('-o', 'remount,rw,size=2g', clusters);
      await trial.removeWhole(cluster);
      return reason;
    });
  } finally {
    if (isMounted) execFileSync('umount', [clusters]);
  }
}

/** One that failed before anything of it was made, and may be asked for again with less. */
async function tooLarge(trial) {
  const { heap_mb: heap } = await limitsOf(trial);
  const cluster = await trial.create({ heapMb: heap.max, brokers: 3 });
  await trial.failed(cluster);
  rmSync(trial.directory(cluster), { recursive: true, force: true });
  return cluster;
}

/** It is tried again when it is asked for with a smaller heap. */
async function tryAgain(trial, cluster) {
  const { status, text } = await trial.change(cluster, { heapMb: 256 });
  must(status === 200, `asking for less: ${status} ${text}`);
  return Promise.any([
    trial.said(cluster, 'cluster.update', /can't be had|is to be/),
    until('another reason', 60_000, async () => {
      const { status: { phase, reason } } = await trial.get(cluster);
      return phase === 'FAILED' && !/not enough memory/.test(reason) ? reason : null;
    }, 100),
  ]);
}

export async function directories(trial) {
  await trial.check('a file where the cluster\'s directory should be: the path is told; deleted, the file too', async () => {
    const cluster = await tooLarge(trial);
    writeFileSync(trial.directory(cluster), 'not a directory');
    const reason = await tryAgain(trial, cluster);
    must(reason.includes(cluster.id), reason);
    await trial.removeWhole(cluster);
    return reason;
  });
  await trial.check('a stranger\'s data in the directory of a node: FAILED with the path, and the data is let be', async () => {
    const cluster = await tooLarge(trial);
    const data = trial.directory(cluster, 'node-1', 'data');
    mkdirSync(data, { recursive: true });
    writeFileSync(`${data}/precious`, 'x');
    const reason = await tryAgain(trial, cluster);
    must(existsSync(`${data}/precious`), 'it is gone');
    must(reason.includes(data), reason);
    await trial.removeWhole(cluster);
    return reason;
  });
}
