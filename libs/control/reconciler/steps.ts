import type { ClusterHealth, NodeRole, PartitionMove, PartitionName } from '#libs/control/domain';

/** One idempotent step each. The executor has one function per kind. */
export type Step =
  | { kind: 'allocate-ports'; nodeIds: number[] }
  /** `anew`: the directory isn't there, whatever the database says was in it. */
  | { kind: 'prepare'; generation: number; anew: boolean }
  | { kind: 'apply-principals' }
  | { kind: 'start-broker'; nodeId: number; attempt: number }
  | { kind: 'stop-broker'; nodeId: number; mode: 'graceful' | 'kill' }
  /** The last majority of a quorum: one after another the later ones would wait for a leader that there can't be. */
  | { kind: 'stop-together'; nodeIds: number[] }
  | { kind: 'apply-configs'; set: Readonly<Record<string, string>>; remove: string[]; wanted: Readonly<Record<string, string>> }
  | { kind: 'update-features'; version: string }
  | { kind: 'plan-moves'; moves: PartitionMove[] }
  | { kind: 'move-partitions'; moves: PartitionMove[] }
  | { kind: 'elect-leaders'; partitions: PartitionName[] }
  | { kind: 'mark-balanced'; brokers: number }
  | { kind: 'unregister-broker'; nodeId: number }
  /** `keepFiles`: its data alone, for it begins anew. */
  | { kind: 'remove-broker'; nodeId: number; keepFiles: boolean }
  /** `isLast`: nobody else leaves. */
  | { kind: 'forget-broker'; nodeId: number; isLast: boolean }
  /** Its data is gone, and the others have all of it. */
  | { kind: 'mark-replaced'; nodeId: number }
  | { kind: 'remove-voter'; nodeId: number }
  /** Its data has been taken away: its files are to be made anew, and it joins. */
  | { kind: 'mark-cleared'; nodeId: number }
  | { kind: 'add-voter'; nodeId: number }
  | { kind: 'mark-joined'; nodeId: number }
  /** It is a controller too from its next start on, or no longer. */
  | { kind: 'mark-roles'; nodeId: number; roles: readonly NodeRole[] }
  | { kind: 'mark-provisioned'; generation: number; restartGeneration: number }
  | { kind: 'mark-paused'; generation: number; restartGeneration: number }
  | { kind: 'mark-failed'; reason: string }
  | { kind: 'retry-provisioning'; restartGeneration: number }
  | { kind: 'remove' }
  | { kind: 'forget' };

/** What is done beside a step that takes long, or fails. */
export type KeepUpStep = Extract<Step, { kind: 'apply-principals' | 'start-broker' }>;

/**
 * Steps are done in their order, then the world is looked at again. `ask`: what the cluster says of itself decides; it is asked and planned again.
 * `wait`: nothing to do until something changes, for which reason. `settled`: what is, is what is wanted.
 */
export type Plan = { kind: 'steps'; steps: Step[] } | { kind: 'ask' } | { kind: 'wait'; upToMs: number; progress: string | null } | { kind: 'settled' };

export type Told = { told: true; health: ClusterHealth } | { told: false; reason: string };

export const steps = (...list: Step[]): Plan => ({ kind: 'steps', steps: list });
