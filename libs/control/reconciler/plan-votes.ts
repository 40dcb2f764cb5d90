/**
 * Which of the brokers vote on the cluster's metadata follows their number, as part of a change that was asked for: three where there are three, else the
 * first alone. Voters are named by the quorum; roles are what nodes are started for, and stand in their rows. A node gets the role first and the vote when
 * it runs with it, and loses the vote before the role: no voter is ever started as something else, whatever is killed in between.
 */
import { quorumProblem, rolesOf, unrestProblem, voterSetProblem, type ClusterHealth } from '#libs/control/domain';
import type { Node } from './plan.js';
import { steps, type Plan } from './steps.js';
import type { ClusterState } from './store.js';

type Wait = (progress: string) => Plan;

const isController = ({ wanted: { roles } }: Node): boolean => roles.includes('controller');
const isToVote = ({ engine }: ClusterState, { wanted: { nodeId }, isLeaving }: Node): boolean => !isLeaving && rolesOf(nodeId, engine).includes('controller');
/** A cluster whose nodes are as they were made is left alone until somebody wants something of it: a role takes a restart. */
const isAsked = ({ generation, observedGeneration }: ClusterState): boolean => generation > observedGeneration;

/**
 * Null: who is to vote does, or can't yet for want of a restart that comes first. One vote after another, and the next only when all that there are can be had:
 * of two voters none may be missing. Before anybody else is restarted, for a lone voter takes the quorum with it.
 */
export function planMoreVotes(desired: ClusterState, nodes: readonly Node[], rolling: readonly Node[], health: ClusterHealth, wait: Wait, roll: (some: readonly Node[]) => Plan): Plan | null {
  const { voters } = health;
  if (voters === null || !isAsked(desired)) return null;
  const wanted = nodes.filter((node) => isToVote(desired, node));
  const without = wanted.find((node) => !isController(node));
  if (without) return steps({ kind: 'mark-roles', nodeId: without.wanted.nodeId, roles: rolesOf(without.wanted.nodeId, desired.engine) });
  const gaining = wanted.filter(({ wanted: { nodeId } }) => !voters.some((voter) => voter.nodeId === nodeId));
  const [next] = gaining;
  if (!next) return null;
  const old = gaining.filter((node) => rolling.includes(node));
  if (old.length > 0) return roll(old);
  const problem = unrestProblem({ ...health, brokers: [], partitions: [] }, []) ?? voterSetProblem(health);
  return problem === null ? steps({ kind: 'add-voter', nodeId: next.wanted.nodeId }) : wait(`waiting: ${problem}`);
}

/**
 * Null: nobody votes who isn't to. The one that leads comes last, for each change of the lead costs an election; what remains is a majority of its own all the way.
 */
export function planFewerVotes(desired: ClusterState, nodes: readonly Node[], health: ClusterHealth, wait: Wait): Plan | null {
  const { voters, controllerId } = health;
  if (voters === null) return null;
  const toVote = new Set(nodes.filter((node) => isToVote(desired, node)).map(({ wanted }) => wanted.nodeId));
  const isLeading = (nodeId: number): number => (nodeId === controllerId ? 1 : 0);
  const [next] = voters.map(({ nodeId }) => nodeId).filter((nodeId) => !toVote.has(nodeId)).sort((a, b) => isLeading(a) - isLeading(b) || b - a);
  if (next === undefined && nodes.every((node) => !isController(node) || toVote.has(node.wanted.nodeId))) return null;
  // Also when the last of these votes is gone: the set that is told may be one that isn't certain yet.
  const problem = voterSetProblem(health) ?? (next === undefined ? null : quorumProblem(health, next));
  if (problem !== null) return wait(`waiting: ${problem}`);
  return next === undefined ? null : steps({ kind: 'remove-voter', nodeId: next });
}

/** Once nobody leaves any more and before anybody is restarted, so that those that stay are restarted once. Null: every controller votes, or that isn't certain. */
export function planFewerRoles(desired: ClusterState, nodes: readonly Node[], health: ClusterHealth): Plan | null {
  const { voters } = health;
  if (voters === null || !isAsked(desired) || voterSetProblem(health) !== null || nodes.some(({ isLeaving }) => isLeaving)) return null;
  const former = nodes.find((node) => isController(node) && !isToVote(desired, node) && !voters.some(({ nodeId }) => nodeId === node.wanted.nodeId));
  return former ? steps({ kind: 'mark-roles', nodeId: former.wanted.nodeId, roles: rolesOf(former.wanted.nodeId, desired.engine) }) : null;
}
