/** Nodes of Apache Kafka as the ledger of the machine's memory knows them. */
import type { DesiredCluster } from '#libs/control/domain';
import { processMemoryBytes } from '#libs/host';
import type { NodeKey, NodeSupervisor, NodesLayout } from '#libs/drivers/nodes';
import { HEAP_MB_DEFAULT } from './broker-configs.limits.js';
import { readLaunchFile } from './launch-file.js';
import { brokerNeed, type MemoryNeed, type MemoryUse } from './memory-ledger.js';

type Nodes = Pick<NodeSupervisor, 'records' | 'clusterIds' | 'glance'>;

export const heapOf = ({ heapMb }: Pick<DesiredCluster, 'heapMb'>): number => heapMb ?? HEAP_MB_DEFAULT;

export const memoryName = ({ clusterId, nodeId }: NodeKey): string => `${clusterId}/${nodeId}`;
export const isOfCluster = (clusterId: string) => (name: string): boolean => name.startsWith(`${clusterId}/`);

export const nodeNeed = (desired: Pick<DesiredCluster, 'clusterId' | 'heapMb'>, nodeId: number): MemoryNeed => brokerNeed(memoryName({ clusterId: desired.clusterId, nodeId }), heapOf(desired));

export const memoryInUse = (nodes: Nodes, layouts: NodesLayout): MemoryUse[] => nodes.records().flatMap(({ key, running }) => {
  const need = running && launchedNeed(layouts, key);
  return need ? [{ name: need.name, bytes: need.bytes, residentBytes: processMemoryBytes(running.pid) ?? 0 }] : [];
});

/** As its launch file says; null: it was never prepared. */
export function launchedNeed(layouts: NodesLayout, key: NodeKey): MemoryNeed | null {
  const launch = readLaunchFile(layouts.node(key.clusterId, key.nodeId));
  return launch && brokerNeed(memoryName(key), launch.heapMb);
}

/** Of nodes that were prepared and never started, or that ended unasked: whoever looks after their clusters comes for them, or they are nobody's after a while. */
export function memoryAwaited(nodes: Nodes, layouts: NodesLayout): MemoryNeed[] {
  return nodes.clusterIds().flatMap((clusterId) => nodes.glance(clusterId).brokers
    .filter(({ process, bundle, pid }) => pid === null && (process === 'failed' || (process === 'absent' && bundle === null)))
    .flatMap(({ nodeId }) => launchedNeed(layouts, { clusterId, nodeId }) ?? []));
}
