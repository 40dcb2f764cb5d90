import type { ClusterPhase, BrokerPorts, DesiredBroker, EngineSpec, FlushMode, NodeRole, ObservedBroker, PartitionMove, PrincipalsFile } from '#libs/control/domain';
import type { HistoryKind } from './history.js';

/** The right to work on one cluster. Its token grows with every claim: a write with an older one changes nothing and answers false. */
export interface Lease { organizationId: string; clusterId: string; token: bigint }

export interface BrokerState extends DesiredBroker {
  /** The cluster's restart that it has been through. */
  restartedGeneration: number;
  /** Its data is to be taken away, and it begins anew. */
  isReplaced: boolean;
  /** So it was asked for, whatever is lost with it. */
  isForced: boolean;
  /** It has begun anew, and isn't back in everything that it was in. */
  isJoining: boolean;
  /** Starts since it was last ready. */
  startAttempts: number;
  nextStartAtMs: number | null;
  /** As it was last written down. */
  noted: Pick<ObservedBroker, 'process' | 'pid' | 'bundle' | 'everReady' | 'exitReason'> & { restartNeeded: boolean };
}

/** What is wanted of one cluster and how far the platform knows to have come. */
export interface ClusterState {
  clusterId: string;
  kafkaClusterId: string;
  flushMode: FlushMode;
  diskLimitBytes: number | null;
  phase: ClusterPhase;
  failureReason: string | null;
  generation: number;
  observedGeneration: number;
  /** Generation whose files are on the disk. */
  preparedGeneration: number;
  restartGeneration: number;
  restartedGeneration: number;
  principalsSequence: number;
  principalsApplied: number;
  phaseDeadlineAtMs: number | null;
  everProvisioned: boolean;
  engine: EngineSpec;
  isPaused: boolean;
  /** The version whose features are in force; null: it has none, or hasn't been up. */
  featuresVersion: string | null;
  /** The tenant's settings that were set over the Kafka protocol. */
  dynamicConfigs: Readonly<Record<string, string>>;
  /** Brokers over which partitions were spread last; 0: it hasn't been up. */
  balancedBrokers: number;
  /** Where partitions go that are under way; null: none are. */
  moves: readonly PartitionMove[] | null;
  brokers: readonly BrokerState[];
}

export interface ReconcilerStore {
  /** At the start of a process: every cluster is due, whenever it was looked at last; its files are written anew where the operator's settings or the program have changed; leases of owners whose names begin like this have ended. */
  rouse(earlierOwners: string | null): Promise<void>;
  /** Takes the leases of clusters that are due and nobody's, or of `only`, due or not. Rows that another process is taking are skipped, not waited for. */
  claim(request: { owner: string; leaseMs: number; limit: number; only?: string }): Promise<Lease[]>;
  renew(lease: Lease, leaseMs: number): Promise<boolean>;
  /** `hasFailed`: not earlier than that, whatever is still to be done. */
  release(lease: Lease, dueInMs: number, hasFailed?: boolean): Promise<void>;
  /** Renews the lease and reads; null when the lease is lost or the cluster gone. */
  load(lease: Lease, leaseMs: number): Promise<ClusterState | null>;
  /** Renews the lease and notes the step in the cluster's running operations. */
  beginStep(lease: Lease, step: string, leaseMs: number): Promise<boolean>;
  saveObserved(lease: Lease, nodeId: number, seen: BrokerState['noted']): Promise<void>;
  /** Lowest starts of blocks of three ports that are nobody's. */
  freePortBlocks(range: { first: number; last: number }, limit: number): Promise<number[]>;
  /** False when the lease is lost or one of the ports has been taken meanwhile. A new node has the roles that the cluster's shape gives it, and has been through all restarts. */
  insertBroker(lease: Lease, nodeId: number, ports: BrokerPorts): Promise<boolean>;
  /** Before the start: a crash in between costs a back-off, never a second process. Whatever restart was wanted, the node has been through it. */
  recordStart(lease: Lease, nodeId: number, nextStartInMs: number, restartGeneration: number): Promise<boolean>;
  recordReady(lease: Lease, nodeId: number): Promise<void>;
  principals(lease: Lease): Promise<PrincipalsFile | null>;
  principalsApplied(lease: Lease, sequence: number): Promise<void>;
  /** Nothing of what was written to the cluster's directory counts any more. */
  forgetFiles(lease: Lease): Promise<boolean>;
  /** The time that it took, an installation perhaps, doesn't count against the cluster's deadline. */
  markPrepared(lease: Lease, generation: number, tookMs: number): Promise<boolean>;
  /** How far the running step is, in words. */
  noteProgress(lease: Lease, text: string): Promise<void>;
  configsApplied(lease: Lease, configs: Readonly<Record<string, string>>): Promise<boolean>;
  featuresUpdated(lease: Lease, version: string): Promise<boolean>;
  planMoves(lease: Lease, moves: readonly PartitionMove[]): Promise<boolean>;
  /** No partition is under way any more. */
  markBalanced(lease: Lease, brokers: number): Promise<boolean>;
  /** Its row and its ports, and that it was there from the beginning: another of its number joins. `isLast`: files are written anew, for those that stay. */
  forgetBroker(lease: Lease, nodeId: number, isLast: boolean): Promise<boolean>;
  markReplaced(lease: Lease, nodeId: number): Promise<boolean>;
  markCleared(lease: Lease, nodeId: number): Promise<boolean>;
  markJoined(lease: Lease, nodeId: number): Promise<boolean>;
  /** What the node is started for from now on; all files are written anew. */
  markRoles(lease: Lease, nodeId: number, roles: readonly NodeRole[]): Promise<boolean>;
  /** False when the wanted principals have changed since: they must be applied first. Finishes the operations up to this generation. */
  markProvisioned(lease: Lease, generation: number, restartGeneration: number): Promise<boolean>;
  /** What was asked up to this generation is done, as far as a paused cluster can do it: the phase stays. */
  markPaused(lease: Lease, generation: number, restartGeneration: number): Promise<boolean>;
  /** What was asked up to this generation can't be done, and what there was goes on. What was asked since, a deletion perhaps, has its own end. */
  failOperations(lease: Lease, generation: number, reason: string): Promise<void>;
  /** The step under way went wrong, and is tried again. */
  failStep(lease: Lease, reason: string): Promise<void>;
  markFailed(lease: Lease, generation: number, reason: string): Promise<boolean>;
  retryProvisioning(lease: Lease, restartGeneration: number, deadlineInMs: number): Promise<boolean>;
  /** Rows, ports and what hung on the cluster; the environment too, if it waited for its last cluster. */
  forget(lease: Lease): Promise<void>;
  /** Of these ids those without a cluster: `leftovers` are the ones this database knew once, `unknown` the ones it never did. */
  strays(clusterIds: readonly string[]): Promise<{ leftovers: string[]; unknown: string[] }>;
  /** Of every tenant: operations that ended, or changes that were made, longer ago than this, the oldest first and at most `limit`. Answers how many went. */
  forgetHistory(kind: HistoryKind, keepDays: number, limit: number): Promise<number>;
}
