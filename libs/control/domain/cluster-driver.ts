import type { PrincipalsFile } from './principals.js';
import type { ConfigProblem, EngineOffer } from './engines.js';

/**
 * The seam to the data plane: a driver only starts, observes and removes brokers and hands them their principals. Topics, configs, ACLs
 * and groups go over the Kafka protocol and never through here. Every method is idempotent; none leaves more behind than `listOwned`
 * reports and `remove` takes away. What goes wrong in the outside world is thrown as OperationalError: one that isn't retryable fails a
 * cluster that has never been up.
 *
 * "Broker" stands for each of a cluster's nodes, those that are controllers only among them.
 */
export interface ClusterDriver {
  /** Name of the engine. */
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  /** Of one cluster, where they differ from cluster to cluster; else `capabilities` are everybody's. */
  capabilitiesOf?(clusterId: string): Promise<DriverCapabilities>;
  /** Where `keys` is `scram`: makes the user that a key is, of whom nobody has been told yet. What `applyPrincipals` doesn't name any more goes. */
  addUser?(clusterId: string, user: { name: string; password: string }): Promise<void>;
  /** What may be asked for at present. */
  offer(): EngineOffer;
  /** A tenant's own broker settings: what this version doesn't know, doesn't take or doesn't leave to tenants. */
  checkConfigs(version: string | null, configs: Readonly<Record<string, string>>): Promise<ConfigProblem[]>;
  /** Those among a tenant's settings that count without a restart: they are set over the Kafka protocol, for the whole cluster, and stand in no file. Asked once `prepare` has made the version known. */
  dynamicConfigs(version: string | null, configs: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>>;
  observe(clusterId: string): Promise<ObservedCluster>;
  /** What the cluster's processes take of the machine, and the services that it shares with others. */
  inspect(clusterId: string): Promise<ClusterInspection>;
  /**
   * Installs what is missing, directories, certificates, server.properties. Safe to repeat on a running cluster; says nothing about whether brokers have taken it up.
   * Rejects soon after `givenUp`: an installation may go on for others, but nothing of this cluster is made any more.
   */
  prepare(desired: DesiredCluster, progress: (text: string) => void, givenUp?: AbortSignal): Promise<void>;
  /** Records the broker as the platform's before spawning it. No second process if one of this broker is alive. Resolves once spawned, not once ready. */
  startBroker(desired: DesiredCluster, nodeId: number): Promise<void>;
  /** Resolves on the next change of a broker's status or its exit, or when the time is up. A change since the last `observe` of this cluster counts. */
  waitForChange(clusterId: string, timeoutMs: number): Promise<void>;
  /** Resolves once the process is gone. `graceful` turns into a kill when the driver's own time limit passes. Nothing there is no error. */
  stopBroker(clusterId: string, nodeId: number, mode: 'graceful' | 'kill'): Promise<void>;
  /** The same for several at once, gracefully: those of which none can end well once the others have. */
  stopTogether(clusterId: string, nodeIds: readonly number[]): Promise<void>;
  /** Ends the process and removes the node's data and files; with `keepFiles` its data alone, for a broker that begins anew. */
  removeBroker(clusterId: string, nodeId: number, options?: { keepFiles: boolean }): Promise<void>;
  /** Durable when it resolves. A file with a sequence below the present one's is dropped without an error. */
  applyPrincipals(clusterId: string, file: PrincipalsFile): Promise<void>;
  /** Ends processes and removes every trace: legal in every state, and when nothing is there. */
  remove(clusterId: string): Promise<void>;
  /** Ids of this driver's clusters with any trace on this machine, running or not. */
  listOwned(): Promise<string[]>;
}

/** The drivers of an installation. */
export interface Drivers {
  readonly all: readonly ClusterDriver[];
  /** Throws OperationalError `engine_missing` when this program has no driver of that name. */
  of(engine: string): ClusterDriver;
}

export interface DriverCapabilities {
  readonly flushModes: readonly ('ack' | 'os')[];
  readonly brokersPerClusterMax: number;
  readonly transactions: boolean;
  /** A limit on the bytes of a cluster that counts without a restart. */
  readonly diskLimit: boolean;
  /** Processes are the platform's: restart, pause and resume, scale, replace. */
  readonly lifeCycle: boolean;
  /** How API keys come to be known: by the principals file, as users of the cluster's own, or not at all. */
  readonly keys: 'file' | 'scram' | 'none';
  /** Naming policies bind Kafka clients too, not only callers over HTTP. */
  readonly namingPolicy: boolean;
  /** SCRAM users by Kafka's own admin calls. */
  readonly scramUsers: boolean;
  /** Segments, cleaning and the like can be seen. */
  readonly logDetails: boolean;
}

export interface BrokerPorts { external: number; internal: number; controller: number }

export const nodeRoles = ['broker', 'controller'] as const;
export type NodeRole = (typeof nodeRoles)[number];

export interface DesiredBroker {
  nodeId: number;
  ports: BrokerPorts;
  roles: readonly NodeRole[];
  rack: string | null;
  /** Among the nodes that the cluster began with, whose storage is formatted together. Not one that has been replaced: it is formatted as one that joins. */
  isFirst: boolean;
}

export interface DesiredCluster {
  clusterId: string;
  kafkaClusterId: string;
  /** Null: the engine has no versions to choose from. */
  version: string | null;
  flushMode: 'ack' | 'os';
  /** Producers are refused beyond it; counts at once, without a restart. Null: none. */
  diskLimitBytes: number | null;
  heapMb: number | null;
  brokers: readonly DesiredBroker[];
  /** None of its nodes is to run for the present: it takes nothing of the machine's memory. */
  isPaused?: boolean;
  advertisedHost: string;
  bindHost: string;
  /** The operator's further keys of server.properties, as Kafka names them. */
  settings: Readonly<Record<string, string>>;
  /** The tenant's. */
  configs: Readonly<Record<string, string>>;
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
  /** The build or version that the process runs. */
  bundle: string | null;
  /** Whether the process was started with the configuration that is on disk now. */
  configMatches: boolean;
  /** Its data directory is gone, or empty though it had been formatted. */
  isDataLost?: boolean;
}

/** A cluster that isn't the platform's: `brokers` are those seen in it, `ready`, or one that has `failed` with the reason why it can't be had. */
export interface ObservedCluster { brokers: ObservedBroker[]; directoryExists: boolean }

export interface BrokerInspection {
  nodeId: number;
  pid: number | null;
  startedAt: Date | null;
  /** Resident; null without a process. */
  memoryBytes: number | null;
  /** Of its data directory. */
  diskBytes: number | null;
  diskFreeBytes: number | null;
}

/** A service beside the brokers that they need. */
export interface ServiceInspection {
  name: string;
  nodes: { nodeId: number; state: string; pid: number | null; memoryBytes: number | null }[];
}

export interface ClusterInspection { brokers: BrokerInspection[]; services: ServiceInspection[] }
