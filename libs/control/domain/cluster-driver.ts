import type { PrincipalsFile } from './principals.js';

/**
 * The seam to the data plane: a driver only starts, observes and removes brokers and hands them their principals. Topics, configs, ACLs
 * and groups go over the Kafka protocol and never through here. Every method is idempotent; none leaves more behind than `listOwned`
 * reports and `remove` takes away. What goes wrong in the outside world is thrown as OperationalError.
 */
export interface ClusterDriver {
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  observe(clusterId: string): Promise<ObservedCluster>;
  /** Directories, certificates, server.properties. Safe to repeat on a running cluster; says nothing about whether brokers have taken it up. */
  prepare(desired: DesiredCluster): Promise<void>;
  /** Records the broker as the platform's before spawning it. No second process if one of this broker is alive. Resolves once spawned, not once ready. */
  startBroker(desired: DesiredCluster, nodeId: number): Promise<void>;
  /** Resolves on the next change of a broker's status or its exit, or when the time is up. A change since the last `observe` of this cluster counts. */
  waitForChange(clusterId: string, timeoutMs: number): Promise<void>;
  /** Resolves once the process is gone. `graceful` turns into a kill when the driver's own time limit passes. Nothing there is no error. */
  stopBroker(clusterId: string, nodeId: number, mode: 'graceful' | 'kill'): Promise<void>;
  /** Durable when it resolves. A file with a sequence below the present one's is dropped without an error. */
  applyPrincipals(clusterId: string, file: PrincipalsFile): Promise<void>;
  /** Ends processes and removes every trace: legal in every state, and when nothing is there. */
  remove(clusterId: string): Promise<void>;
  /** Ids of the clusters with any trace on this machine, running or not. */
  listOwned(): Promise<string[]>;
}

export interface DriverCapabilities {
  readonly flushModes: readonly ('ack' | 'os')[];
  readonly brokersPerClusterMax: number;
  readonly transactions: boolean;
}

export interface BrokerPorts { external: number; internal: number; controller: number }

export interface DesiredBroker { nodeId: number; ports: BrokerPorts }

export interface DesiredCluster {
  clusterId: string;
  kafkaClusterId: string;
  flushMode: 'ack' | 'os';
  /** Producers are refused beyond it; counts at once, without a restart. Null: none. */
  diskLimitBytes: number | null;
  brokers: readonly DesiredBroker[];
  advertisedHost: string;
  bindHost: string;
  /** Further keys of server.properties, as Kafka names them. */
  settings: Readonly<Record<string, string>>;
}

export type BrokerProcessState = 'absent' | 'starting' | 'recovering' | 'ready' | 'stopping' | 'failed';

export interface ObservedBroker {
  nodeId: number;
  /** `failed`: the process is gone without having been asked to, or says that it can't go on. `absent`: never started, or stopped on purpose. */
  process: BrokerProcessState;
  pid: number | null;
  /** Whether the present or, when there is none, the last process of this broker got as far as being ready. */
  everReady: boolean;
  exitReason: string | null;
  /** Hash of the build that the process runs. */
  bundle: string | null;
  /** Whether the process was started with the configuration that is on disk now. */
  configMatches: boolean;
}

export interface ObservedCluster { brokers: ObservedBroker[]; directoryExists: boolean }
