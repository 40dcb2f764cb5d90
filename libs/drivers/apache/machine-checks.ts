/** Whether this machine has room for a cluster's nodes, asked before any of them is begun, so that a refusal says why and what to do. Who has which part of the memory: memory-ledger.ts. */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { freemem } from 'node:os';
import type { DesiredCluster } from '#libs/control/domain';
import { apacheError } from './apache.errors.js';
import { NODE_FREE_BYTES_MIN } from './apache.limits.js';

const MIB = 1024 * 1024;
const mib = (bytes: number): string => `${Math.max(Math.floor(bytes / MIB), 0)} MiB`;

/** Of the machine or of the container that this is in, whichever is less. */
export function availableMemory(): number {
  const machine = /^MemAvailable:\s+(\d+) kB$/m.exec(read('/proc/meminfo') ?? '')?.[1];
  const [max, current] = [read('/sys/fs/cgroup/memory.max'), read('/sys/fs/cgroup/memory.current')].map((text) => Number.parseInt(text ?? '', 10));
  const inactive = Number(/^inactive_file (\d+)$/m.exec(read('/sys/fs/cgroup/memory.stat') ?? '')?.[1] ?? 0);
  const container = Number.isFinite(max) && Number.isFinite(current) ? max! - current! + inactive : Infinity;
  return Math.min(machine === undefined ? freemem() : Number(machine) * 1024, container);
}

/** What is kept free stays so: nodes are refused that would begin in it, as clients' producers are by those that run. */
export async function checkDisk(directory: string, nodes: number, keptFreeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const needed = nodes * NODE_FREE_BYTES_MIN;
  const kept = keptFreeBytes > 0 ? ` beside the ${mib(keptFreeBytes)} that are kept free (SLUICE_DISK_FREE_MB_MIN)` : '';
  if (bavail * bsize < needed + keptFreeBytes) throw apacheError('DISK_SHORT', `not enough disk: ${nodes === 1 ? 'one node needs' : `${nodes} nodes need`} ${mib(needed)} to begin with${kept}, ${directory} has ${mib(bavail * bsize)} free: make room, or set SLUICE_HOME to where there is some`);
}

/** Of nodes that have never run: their ports were free when they were chosen. */
export async function checkPorts(desired: DesiredCluster, nodeIds: readonly number[]): Promise<void> {
  for (const { nodeId, ports, roles } of desired.brokers.filter((node) => nodeIds.includes(node.nodeId))) {
    const wanted: [string, number][] = [
      ...(roles.includes('broker') ? [[desired.bindHost === '*' ? '0.0.0.0' : desired.bindHost, ports.external], ['127.0.0.1', ports.internal]] as [string, number][] : []),
      ...(roles.includes('controller') ? [['127.0.0.1', ports.controller]] as [string, number][] : []),
    ];
    for (const [host, port] of wanted) {
      const reason = await bindProblem(host, port);
      if (reason !== null) throw apacheError('PORT_TAKEN', `port ${port} of ${host} can't be had for node ${nodeId} (${reason}): end what listens there, or keep other programs out of SLUICE_BROKER_PORTS, then restart the cluster`);
    }
  }
}

export function bindProblem(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE' ? 'another program listens there' : error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
