/**
 * What is done to a cluster whose processes all run: a lost node begins anew, controllers get votes, restarts go round, a version's features come into force,
 * settings are set, partitions move. Each waits for the cluster's own word, and no node is taken down while that would be the second.
 */
import { lossProblem, quorumProblem, unrestProblem, type ClusterHealth } from '#libs/control/domain';
import type { Node, World } from './plan.js';
import { isDrained, isLate, isRestartWanted, withinDeadline } from './plan-processes.js';
import { planScale } from './plan-scale.js';
import { planFewerRoles, planMoreVotes } from './plan-votes.js';
import type { ReconcilerLimits } from './reconciler.limits.js';
import { steps, type Plan, type Step } from './steps.js';
import type { ClusterState } from './store.js';

export function planChanges(desired: ClusterState, nodes: readonly Node[], world: World, limits: ReconcilerLimits): Plan {
  const anew = nodes.find((node) => (node.isLost || node.wanted.isReplaced) && !isTakenAway(node, world));
  // One that has stopped for good, on its way out, has nothing to take up.
  const rolling = nodes.filter((node) => node.isAlive && !node.wanted.isReplaced && needsRestart(desired, node));
  // Nobody to wait for: there is no other node that could be down.
  if (nodes.length === 1 && rolling.length > 0) return stop(rolling[0]!);
  if (nodes.length === 1 && anew) return clear(anew, []);
  if (isQuiet(desired, nodes, world, rolling)) return { kind: 'settled' };
  if (world.told === undefined) return { kind: 'ask' };
  const wait = (progress: string): Plan => ({ kind: 'wait', upToMs: withinDeadline(desired, world.nowMs, limits.askMs), progress });
  const notYet = (problem: string): Plan => (isLate(desired, world.nowMs) ? steps({ kind: 'mark-failed', reason: `all processes are ready, but the cluster isn't: ${problem}` }) : wait(`waiting: ${problem}`));
  if (!world.told.told) return notYet(world.told.reason);
  const { health } = world.told;
  const problem = presenceProblem(desired, nodes, health);
  if (problem !== null) return notYet(problem);
  if (anew) return planAnew(desired, anew, health, (progress) => ({ kind: 'wait', upToMs: limits.waitMs, progress }));
  const joining = nodes.find(({ wanted }) => wanted.isJoining);
  if (joining) return planJoining(joining, nodes.length, health, wait);
  const votes = planMoreVotes(desired, nodes, rolling, health, wait, (some) => planRolling(nodes, some, health, wait)) ?? planFewerRoles(desired, nodes, health);
  if (votes !== null) return votes;
  if (rolling.length > 0) return planRolling(nodes, rolling, health, wait);
  return planFeatures(desired) ?? planConfigs(desired, world) ?? planScale(desired, nodes, health, limits, wait)
    ?? steps({ kind: 'mark-provisioned', generation: desired.generation, restartGeneration: desired.restartGeneration });
}

/** It was leaving, and a platform that was killed had got as far as its data. */
const isTakenAway = (node: Node, world: World): boolean => node.isLeaving && node.isLost && isDrained(node, world)
  && world.told?.told === true && !world.told.health.voters?.some(({ nodeId }) => nodeId === node.wanted.nodeId);

const stop = ({ wanted }: Node): Plan => steps({ kind: 'stop-broker', nodeId: wanted.nodeId, mode: 'graceful' });

/** Asked for, or in order that a change that was asked for counts. Files that are merely written anew, by another build say, restart nobody. */
const needsRestart = (desired: ClusterState, { wanted, seen }: Node): boolean =>
  isRestartWanted(desired, wanted) || (desired.generation > desired.observedGeneration && seen?.configMatches === false);

function isQuiet(desired: ClusterState, nodes: readonly Node[], world: World, rolling: readonly Node[]): boolean {
  return desired.phase === 'PROVISIONED' && desired.observedGeneration >= desired.generation && rolling.length === 0 && desired.restartedGeneration >= desired.restartGeneration
    && nodes.every(({ wanted, isLeaving, isLost }) => !isLeaving && !isLost && !wanted.isReplaced && !wanted.isJoining)
    && planFeatures(desired) === null && planConfigs(desired, world) === null && desired.moves === null && desired.balancedBrokers === desired.engine.brokers;
}

/** Whether what runs is a cluster. Partitions without a leader are the tenant's concern once there are tenants; a new one has none. */
function presenceProblem(desired: ClusterState, nodes: readonly Node[], health: ClusterHealth): string | null {
  const brokers = nodes.filter(({ wanted, isReady, isLost }) => isReady && !isLost && !wanted.isReplaced && wanted.roles.includes('broker')).map(({ wanted }) => wanted.nodeId);
  const registered = { ...health, voters: null, partitions: desired.everProvisioned ? [] : health.partitions.map((each) => ({ ...each, isr: each.replicas })) };
  return unrestProblem(registered, brokers);
}

/**
 * Stopped, deprived of its vote while the others are a majority of what remains, and emptied: in this order the voters that count have all kept what they
 * voted for. A crash in between finds it as it was, or further on.
 */
function clear({ wanted: { nodeId } }: Node, vote: Step[]): Plan {
  return steps({ kind: 'stop-broker', nodeId, mode: 'graceful' }, ...vote, { kind: 'remove-broker', nodeId, keepFiles: true }, { kind: 'mark-cleared', nodeId });
}

function planAnew(desired: ClusterState, node: Node, health: ClusterHealth, wait: (progress: string) => Plan): Plan {
  const { nodeId, isReplaced, isForced } = node.wanted;
  const loss = lossProblem(health, nodeId);
  // The vote also when it is gone already: a set of voters is told before it is certain. Copies also when there were others at the request.
  const problem = isReplaced ? quorumProblem(health, nodeId) ?? (isForced ? null : loss) : null;
  if (problem !== null) return wait(`waiting: ${problem}`);
  if (isReplaced) return clear(node, health.voters?.some((voter) => voter.nodeId === nodeId) && health.voters.length > 1 ? [{ kind: 'remove-voter', nodeId }] : []);
  if (loss === null) return steps({ kind: 'mark-replaced', nodeId });
  const reason = `the data of broker ${nodeId} is gone, and ${loss}; bring its directory back, or have the broker replaced by force`;
  return desired.phase === 'PROVISIONED' ? steps({ kind: 'mark-failed', reason }) : wait(reason);
}

function planJoining({ wanted: { nodeId, roles } }: Node, nodes: number, health: ClusterHealth, wait: (progress: string) => Plan): Plan {
  if (nodes > 1 && roles.includes('controller') && health.voters !== null) {
    const vote = health.voters.find((voter) => voter.nodeId === nodeId);
    if (!vote) return steps({ kind: 'add-voter', nodeId });
    if (!vote.isCurrent) return wait(`waiting: controller ${nodeId} not up to date`);
  }
  const behind = health.partitions.filter(({ replicas, isr }) => replicas.includes(nodeId) && !isr.includes(nodeId)).length;
  if (behind === 0) return steps({ kind: 'mark-joined', nodeId });
  const all = health.partitions.filter(({ replicas }) => replicas.includes(nodeId)).length;
  return wait(`${all - behind} of ${all} replicas of broker ${nodeId} in sync`);
}

/** Those that serve no clients first, and last the controller that leads: the lead changes once. */
function planRolling(nodes: readonly Node[], rolling: readonly Node[], health: ClusterHealth, wait: (progress: string) => Plan): Plan {
  const problem = unrestProblem(health, nodes.filter(({ wanted, isLeaving, isAlive }) => wanted.roles.includes('broker') && (isAlive || !isLeaving)).map(({ wanted }) => wanted.nodeId));
  if (problem !== null) return wait(`waiting: ${problem}`);
  const rank = ({ wanted: { nodeId, roles } }: Node): number => (nodeId === health.controllerId ? 2 : roles.includes('broker') ? 1 : 0);
  return stop([...rolling].sort((a, b) => rank(a) - rank(b) || a.wanted.nodeId - b.wanted.nodeId)[0]!);
}

/** After every node runs the version: what it brings can't be taken back, and older nodes wouldn't know it. */
function planFeatures({ featuresVersion, engine }: ClusterState): Plan | null {
  return featuresVersion === null || engine.version === null || featuresVersion === engine.version ? null : steps({ kind: 'update-features', version: engine.version });
}

function planConfigs({ dynamicConfigs: present }: ClusterState, { dynamicConfigs: wanted }: World): Plan | null {
  if (wanted === null) return null;
  const set = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => present[key] !== value));
  const remove = Object.keys(present).filter((key) => !(key in wanted));
  return Object.keys(set).length === 0 && remove.length === 0 ? null : steps({ kind: 'apply-configs', set, remove, wanted });
}
