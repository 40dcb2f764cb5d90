/**
 * Files of the ensemble, below `$SLUICE_HOME/zookeeper`:
 *
 *     ensemble.json           version, ports of its servers, clusters whose znodes could not be taken away yet
 *     users.properties        a password per cluster and the platform's own; servers read it at each login
 *     server.jaas, platform.jaas
 *     node-<id>/{zoo.cfg,data/,logs/,run/}
 *
 * A cluster's own login stands in its own directory.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonFile, replaceFile } from '#libs/host';
import { replaceIfDifferent } from '#libs/drivers/nodes';
import { formatProperties, parseProperties } from './properties.js';

export const ENSEMBLE = 'zookeeper';
export const PLATFORM_USER = 'platform';
const LOOPBACK = '127.0.0.1';

export interface EnsembleNode { nodeId: number; clientPort: number; peerPort: number; electionPort: number }

export interface EnsembleFile {
  /** Of Apache Kafka, with whose ZooKeeper it runs. */
  version: string;
  nodes: EnsembleNode[];
  /** Whose znode has been made. */
  clusters: string[];
  /** Clusters that are gone and whose znodes aren't. */
  leftovers: string[];
}

export const readEnsemble = (directory: string): EnsembleFile | null => readJsonFile(join(directory, 'ensemble.json')) as EnsembleFile | null;
export const writeEnsemble = (directory: string, file: EnsembleFile): Promise<void> => replaceFile(join(directory, 'ensemble.json'), `${JSON.stringify(file, null, 2)}\n`, 0o600);

/** Each server three ports in a row: for clients, for its peers, for elections. */
export function ensembleNodes(count: number, firstPort: number): EnsembleNode[] {
  return Array.from({ length: count }, (_, index) => ({ nodeId: index + 1, clientPort: firstPort + 3 * index, peerPort: firstPort + 3 * index + 1, electionPort: firstPort + 3 * index + 2 }));
}

export const connectString = ({ nodes }: EnsembleFile): string => nodes.map(({ clientPort }) => `${LOOPBACK}:${clientPort}`).join(',');

/** A quorum even of one: then there is one way that servers start, and one that they are asked. */
export function zooCfg({ nodes }: EnsembleFile, nodeId: number, dataDirectory: string): string {
  const own = nodes.find((node) => node.nodeId === nodeId)!;
  return formatProperties(new Map([
    ['tickTime', '2000'], ['initLimit', '10'], ['syncLimit', '5'],
    ['dataDir', dataDirectory],
    ['clientPort', String(own.clientPort)], ['clientPortAddress', LOOPBACK],
    ['maxClientCnxns', '0'],
    ['standaloneEnabled', 'false'], ['reconfigEnabled', 'false'],
    ['admin.enableServer', 'false'],
    ['4lw.commands.whitelist', 'srvr'],
    ['autopurge.snapRetainCount', '3'], ['autopurge.purgeInterval', '1'],
    ...nodes.map((node): [string, string] => [`server.${node.nodeId}`, `${LOOPBACK}:${node.peerPort}:${node.electionPort}`]),
  ]));
}

export function readUsers(directory: string): Map<string, string> {
  const path = usersPath(directory);
  return existsSync(path) ? parseProperties(readFileSync(path, 'utf8')) : new Map();
}

export const usersPath = (directory: string): string => join(directory, 'users.properties');
export const writeUsers = (directory: string, users: ReadonlyMap<string, string>): Promise<void> => replaceIfDifferent(usersPath(directory), formatProperties(users));
export const newPassword = (): string => randomBytes(24).toString('base64url');

export const clientJaas = (user: string, password: string): string => `Client {\n  org.apache.zookeeper.server.auth.DigestLoginModule required username="${user}" password="${password}";\n};\n`;
export const SERVER_JAAS = 'Server {\n  org.apache.zookeeper.server.auth.DigestLoginModule required;\n};\n';
