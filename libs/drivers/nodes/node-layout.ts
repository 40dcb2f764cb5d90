/** Where nodes' files stand: one directory per cluster, one below it per node. The same whatever the engine. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { nodeError } from './node.errors.js';

export interface NodeLayout {
  directory: string;
  serverProperties: string;
  principals: string;
  tls: string;
  keystore: string;
  truststore: string;
  data: string;
  logs: string;
  /** What the process writes to its standard output and error. */
  log: string;
  run: string;
  status: string;
  record: string;
  /** Its presence lets the next start take the platform's present build. Written by `npm run brokers:upgrade`. */
  upgradeMark: string;
}

const CLUSTER_ID = /^lkc-[a-z0-9]{4,32}$/;

export interface NodesLayout {
  root: string;
  cluster(clusterId: string): string;
  /** Says whose directory it is; without one it is the embedded engine's. */
  engineFile(clusterId: string): string;
  node(clusterId: string, nodeId: number): NodeLayout;
  nodeIds(clusterId: string): number[];
  clusterIds(): string[];
}

/** Below `$SLUICE_HOME/clusters`. */
export function clustersLayout(home: string): NodesLayout {
  return nodesLayout(join(home, 'clusters'), CLUSTER_ID);
}

export function nodesLayout(root: string, idPattern: RegExp): NodesLayout {
  const cluster = (clusterId: string): string => {
    // The id becomes a path that `remove` deletes: nothing but an id may pass.
    if (!idPattern.test(clusterId)) throw nodeError('CLUSTER_ID_INVALID', `not a cluster id: ${JSON.stringify(clusterId)}`);
    return join(root, clusterId);
  };
  return {
    root,
    cluster,
    engineFile: (clusterId) => join(cluster(clusterId), 'engine.json'),
    node: (clusterId, nodeId) => nodeLayout(join(cluster(clusterId), `node-${nodeId}`)),
    nodeIds: (clusterId) => names(cluster(clusterId)).flatMap((name) => (/^node-\d+$/.test(name) ? [Number(name.slice(5))] : [])).sort((a, b) => a - b),
    clusterIds: () => names(root).filter((name) => idPattern.test(name)).sort(),
  };
}

function nodeLayout(directory: string): NodeLayout {
  const [tls, logs, run] = [join(directory, 'tls'), join(directory, 'logs'), join(directory, 'run')];
  return {
    directory, tls, logs, run,
    serverProperties: join(directory, 'server.properties'),
    principals: join(directory, 'principals.json'),
    keystore: join(tls, 'broker.pem'),
    truststore: join(tls, 'ca.pem'),
    data: join(directory, 'data'),
    log: join(logs, 'broker.log'),
    status: join(run, 'status.json'),
    record: join(run, 'process.json'),
    upgradeMark: join(run, 'upgrade'),
  };
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
