import { controlLimits } from '#libs/control/domain';

export interface ReconcilerLimits {
  /** A lease that isn't renewed ends; its holder's writes change nothing from then on. */
  leaseMs: number;
  tickMs: number;
  /** Clusters in work at once in this process. */
  concurrencyMax: number;
  /** Nodes of this process between start and ready: more at once on few cores make every one of them late. A cluster's nodes start together, whatever their number. */
  startsAtOnceMax: number;
  /** A settled cluster is looked at again after this, whatever was or wasn't signalled. */
  resyncMs: number;
  /** One wait for the driver; the lease and the desired state are looked at between two of them. */
  waitMs: number;
  /** Waits for a settled cluster's brokers. */
  watchMs: number;
  sweepMs: number;
  /** Between two questions to a cluster whose change waits for what it says. */
  askMs: number;
  /** For an answer: without a quorum's leader there may be none, and meanwhile nobody looks at what is asked of the cluster. */
  answerMs: number;
  /** Partitions that are copied to other brokers at once: more take the network and the disks from clients. */
  movesAtOnceMax: number;
  backoffFirstMs: number;
  backoffMaxMs: number;
  /** Starts without ever being ready after which a cluster that had been provisioned is FAILED. */
  startAttemptsMax: number;
  provisioningDeadlineMs: number;
  /** Rounds in a row without waiting for anything: a plan that never settles is a bug. */
  roundsMax: number;
  portCandidatesMax: number;
}

export const reconcilerLimits: ReconcilerLimits = {
  leaseMs: 15_000,
  tickMs: 1_000,
  concurrencyMax: 256,
  startsAtOnceMax: 6,
  resyncMs: 60_000,
  waitMs: 5_000,
  watchMs: 30_000,
  sweepMs: 60_000,
  askMs: 500,
  answerMs: 10_000,
  movesAtOnceMax: 10,
  backoffFirstMs: 250,
  backoffMaxMs: 30_000,
  startAttemptsMax: 5,
  provisioningDeadlineMs: controlLimits.provisioningDeadlineMs,
  roundsMax: 1_000,
  portCandidatesMax: 50,
};

/** After the n-th failed attempt, n from 1. */
export const backoffMs = (attempt: number, limits: ReconcilerLimits): number =>
  Math.min(limits.backoffMaxMs, limits.backoffFirstMs * 2 ** Math.min(Math.max(attempt - 1, 0), 20));
