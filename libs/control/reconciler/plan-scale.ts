/** Partitions follow the brokers: onto those that came, away from those that leave before they go. Votes on the metadata go with them. */
import { tooFewProblem, type ClusterHealth, type PartitionHealth, type PartitionMove } from '#libs/control/domain';
import { balancePartitions } from './balance.js';
import type { Node } from './plan.js';
import { planFewerVotes } from './plan-votes.js';
import type { ReconcilerLimits } from './reconciler.limits.js';
import { steps, type Plan } from './steps.js';
import type { ClusterState } from './store.js';

/** Null: partitions are where they should be, and nobody leaves. */
export function planScale(desired: ClusterState, nodes: readonly Node[], health: ClusterHealth, limits: ReconcilerLimits, wait: (progress: string) => Plan): Plan | null {
  if (desired.moves !== null) return planMoves(desired.moves, desired, health, limits, wait);
  const leaving = nodes.filter(({ isLeaving }) => isLeaving).sort((a, b) => b.wanted.nodeId - a.wanted.nodeId);
  const [last] = leaving;
  const emptying = last ? planEmptying(desired, nodes, leaving, last, health, wait) : null;
  const fewer = emptying ?? planFewerVotes(desired, nodes, health, wait) ?? (last ? planLeaving(last, leaving.length === 1) : null);
  if (fewer !== null) return fewer;
  if (desired.balancedBrokers === desired.engine.brokers || desired.balancedBrokers === 0) return null;
  const moves = desired.engine.brokers > desired.balancedBrokers ? balancePartitions(health.partitions, placesOf(nodes), { spread: true }) : [];
  return moves.length === 0 ? steps({ kind: 'mark-balanced', brokers: desired.engine.brokers }) : steps({ kind: 'plan-moves', moves });
}

const placesOf = (nodes: readonly Node[]) => nodes.filter(({ wanted, isLeaving }) => !isLeaving && wanted.roles.includes('broker')).map(({ wanted: { nodeId, rack } }) => ({ nodeId, rack }));

/** Null: nothing is on those that leave. */
function planEmptying(desired: ClusterState, nodes: readonly Node[], leaving: readonly Node[], last: Node, health: ClusterHealth, wait: (progress: string) => Plan): Plan | null {
  const ids = new Set(leaving.map(({ wanted }) => wanted.nodeId));
  if (!health.partitions.some(({ replicas }) => replicas.some((id) => ids.has(id)))) return null;
  const problem = tooFewProblem(health, desired.engine.brokers);
  if (problem !== null) return wait(`waiting: ${problem}`);
  const moves = balancePartitions(health.partitions, placesOf(nodes), { spread: false });
  return moves.length === 0 ? wait(`waiting: broker ${last.wanted.nodeId} can't be emptied`) : steps({ kind: 'plan-moves', moves });
}

/**
 * The highest first, and one at a time. It is looked at once more after it has stopped: a topic that was made in between may have found it,
 * and then it is started again and handed over.
 */
function planLeaving({ isAlive, wanted: { nodeId } }: Node, isLast: boolean): Plan {
  if (isAlive) return steps({ kind: 'stop-broker', nodeId, mode: 'graceful' });
  return steps({ kind: 'unregister-broker', nodeId }, { kind: 'remove-broker', nodeId, keepFiles: false }, { kind: 'forget-broker', nodeId, isLast });
}

/** So many at a time. A partition whose topic is gone by now has arrived. */
function planMoves(moves: readonly PartitionMove[], desired: ClusterState, health: ClusterHealth, limits: ReconcilerLimits, wait: (progress: string) => Plan): Plan {
  const present = new Map(health.partitions.map((each) => [`${each.topic}/${each.partition}`, each]));
  const stateOf = (move: PartitionMove): PartitionHealth | undefined => present.get(`${move.topic}/${move.partition}`);
  const pending = moves.filter((move) => { const found = stateOf(move); return found !== undefined && !isSame(found.replicas, move.replicas); });
  const copying = moves.filter((move) => { const found = stateOf(move); return found !== undefined && isSame(found.replicas, move.replicas) && (found.isMoving || move.replicas.some((id) => !found.isr.includes(id))); });
  const room = limits.movesAtOnceMax - copying.length;
  if (pending.length > 0 && room > 0) return steps({ kind: 'move-partitions', moves: pending.slice(0, room) });
  if (pending.length > 0 || copying.length > 0) return wait(`${moves.length - pending.length - copying.length} of ${moves.length} partitions moved`);
  return steps({ kind: 'elect-leaders', partitions: moves.filter((move) => stateOf(move) !== undefined).map(({ topic, partition }) => ({ topic, partition })) }, { kind: 'mark-balanced', brokers: desired.engine.brokers });
}

const isSame = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((id, index) => id === b[index]);
