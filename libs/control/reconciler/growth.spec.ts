/**
 * Clusters whose number of brokers changes again and again, in memory: the plan is carried out one step at a time by a platform that may die after any of
 * them, while nodes die and the lead goes round. Whatever happens, no voter is started as something else, and most voters are always there.
 */
import { describe, expect, it } from '@jest/globals';
import { nodeIdsOf, rolesOf, type ClusterHealth, type NodeRole, type ObservedBroker, type PartitionHealth, type Voter } from '#libs/control/domain';
import { plan } from './plan.js';
import { reconcilerLimits as limits } from './reconciler.limits.js';
import type { Plan, Step, Told } from './steps.js';
import type { BrokerState, ClusterState } from './store.js';

/** Park and Miller's: the same lives in every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => { state = (state * 48_271) % 2_147_483_647; return state % below; };
}

interface Process { isUp: boolean; roles: readonly NodeRole[]; /** What its files said when it started, and what they say. */ files: string; disk: string }
interface Partition { topic: string; partition: number; replicas: number[]; isInternal: boolean }

interface World {
  state: ClusterState;
  rows: Map<number, BrokerState>;
  processes: Map<number, Process>;
  voters: Set<number>;
  leader: number;
  partitions: Partition[];
}

const noted = { process: 'ready', pid: 7, bundle: 'b', everReady: true, exitReason: null, restartNeeded: false } as const;
const engineOf = (brokers: number) => ({ engine: 'any', version: null, brokers, controllers: 0, heapMb: null, configs: {} });
const votersOf = (brokers: number): number[] => (brokers >= 3 ? [1, 2, 3] : [1]);

const rowOf = (nodeId: number, brokers: number, change: Partial<BrokerState> = {}): BrokerState => ({
  nodeId, ports: { external: 1, internal: 2, controller: 3 }, roles: rolesOf(nodeId, engineOf(brokers)), rack: null, isFirst: true, restartedGeneration: 0, isReplaced: false, isForced: false, isJoining: false,
  startAttempts: 0, nextStartAtMs: null, noted, ...change,
});

/** As the drivers': how many brokers and which controllers there are is in every node's file. */
const fileOf = ({ rows }: World, nodeId: number): string =>
  JSON.stringify([Math.min(rows.size, 3), rows.get(nodeId)?.roles, [...rows.values()].filter(({ roles }) => roles.includes('controller')).map((each) => each.nodeId)]);

function createWorld(brokers: number): World {
  const world: World = {
    rows: new Map(nodeIdsOf(engineOf(brokers)).map((nodeId) => [nodeId, rowOf(nodeId, brokers)])), processes: new Map(), voters: new Set(votersOf(brokers)), leader: 1,
    partitions: [
      ...Array.from({ length: 8 }, (_, index) => ({ topic: '__offsets', partition: index, replicas: Array.from({ length: Math.min(3, brokers) }, (_each, replica) => ((index + replica) % brokers) + 1), isInternal: true })),
      { topic: 't', partition: 0, replicas: [brokers], isInternal: false },
    ],
    state: {
      clusterId: 'lkc-1', kafkaClusterId: 'k', flushMode: 'ack', diskLimitBytes: null, phase: 'PROVISIONED', failureReason: null, generation: 1, observedGeneration: 1, preparedGeneration: 1,
      restartGeneration: 0, restartedGeneration: 0, principalsSequence: 1, principalsApplied: 1, phaseDeadlineAtMs: null, everProvisioned: true, engine: engineOf(brokers), isPaused: false,
      featuresVersion: null, dynamicConfigs: {}, balancedBrokers: brokers, moves: null, brokers: [],
    },
  };
  for (const [nodeId, { roles }] of world.rows) world.processes.set(nodeId, { isUp: true, roles, files: fileOf(world, nodeId), disk: fileOf(world, nodeId) });
  return world;
}

const isUp = ({ processes }: World, nodeId: number): boolean => processes.get(nodeId)?.isUp ?? false;
const canVote = (world: World, nodeId: number): boolean => isUp(world, nodeId) && world.processes.get(nodeId)!.roles.includes('controller');
const hasQuorum = (world: World): boolean => [...world.voters].filter((nodeId) => canVote(world, nodeId)).length * 2 > world.voters.size;
const isDone = ({ state, processes }: World): boolean => state.observedGeneration === state.generation && [...processes.values()].every((each) => each.isUp);

function healthOf(world: World): ClusterHealth {
  if (!world.voters.has(world.leader) || !canVote(world, world.leader)) world.leader = [...world.voters].find((nodeId) => canVote(world, nodeId))!;
  return {
    brokers: [...world.processes.keys()].filter((nodeId) => isUp(world, nodeId)).map((nodeId) => ({ nodeId, rack: null })), controllerId: world.leader,
    voters: [...world.voters].map((nodeId): Voter => ({ nodeId, isCurrent: canVote(world, nodeId) })),
    partitions: world.partitions.map((each): PartitionHealth => {
      const isr = each.replicas.filter((nodeId) => isUp(world, nodeId));
      return { ...each, isr, leader: isr[0] ?? null, isMoving: false };
    }),
  };
}

function planOf(world: World): Plan {
  const brokers = [...world.processes].map(([nodeId, each]): ObservedBroker => ({
    nodeId, process: each.isUp ? 'ready' : each.files === '' ? 'absent' : 'failed', pid: each.isUp ? 7 : null, everReady: true, exitReason: null, bundle: 'b', configMatches: each.files === each.disk,
  }));
  const told: Told = hasQuorum(world) ? { told: true, health: healthOf(world) } : { told: false, reason: 'nobody answers' };
  const desired = { ...world.state, brokers: [...world.rows.values()].sort((a, b) => a.nodeId - b.nodeId) };
  return plan(desired, { observed: { directoryExists: true, brokers }, nowMs: 0, isOurs: true, dynamicConfigs: {}, told }, limits);
}

type Effects = { [Kind in Step['kind']]?: (world: World, step: Extract<Step, { kind: Kind }>) => void };

const ofNodes: Effects = {
  'allocate-ports': ({ rows, state }, { nodeIds }) => { for (const nodeId of nodeIds) rows.set(nodeId, rowOf(nodeId, state.engine.brokers, { isFirst: false, noted: { ...noted, everReady: false } })); },
  prepare: (world, { generation }) => {
    for (const nodeId of world.rows.keys()) world.processes.set(nodeId, { isUp: false, roles: [], files: '', ...world.processes.get(nodeId), disk: fileOf(world, nodeId) });
    world.state = { ...world.state, preparedGeneration: generation };
  },
  'apply-principals': () => undefined,
  'start-broker': (world, { nodeId }) => {
    const { roles } = world.rows.get(nodeId)!;
    if (world.voters.has(nodeId)) expect(roles).toContain('controller');
    world.processes.set(nodeId, { isUp: true, roles, files: fileOf(world, nodeId), disk: fileOf(world, nodeId) });
  },
  'stop-broker': ({ processes }, { nodeId }) => { processes.get(nodeId)!.isUp = false; },
  'unregister-broker': ({ partitions }, { nodeId }) => { expect(partitions.some(({ replicas }) => replicas.includes(nodeId))).toBe(false); },
  'remove-broker': ({ voters, processes }, { nodeId }) => {
    expect(voters.has(nodeId)).toBe(false);
    processes.delete(nodeId);
  },
  'forget-broker': (world, { nodeId, isLast }) => {
    world.rows.delete(nodeId);
    if (isLast) world.state = { ...world.state, preparedGeneration: 0 };
  },
};

const ofCluster: Effects = {
  'plan-moves': (world, { moves }) => { world.state = { ...world.state, moves }; },
  'move-partitions': ({ partitions }, { moves }) => { for (const move of moves) partitions.find((each) => each.topic === move.topic && each.partition === move.partition)!.replicas = [...move.replicas]; },
  'elect-leaders': () => undefined,
  'mark-balanced': (world, { brokers: balancedBrokers }) => { world.state = { ...world.state, moves: null, balancedBrokers }; },
  'add-voter': (world, { nodeId }) => {
    expect(canVote(world, nodeId)).toBe(true);
    world.voters.add(nodeId);
  },
  'remove-voter': ({ voters }, { nodeId }) => { voters.delete(nodeId); },
  'mark-roles': (world, { nodeId, roles }) => {
    world.rows.set(nodeId, { ...world.rows.get(nodeId)!, roles });
    world.state = { ...world.state, preparedGeneration: 0 };
  },
  'mark-provisioned': (world, { generation }) => { world.state = { ...world.state, observedGeneration: generation }; },
};
const effects: Effects = { ...ofNodes, ...ofCluster };

function apply(world: World, step: Step): void {
  const effect = effects[step.kind] as ((world: World, step: Step) => void) | undefined;
  if (!effect) throw new Error(`${step.kind} has no place in growing and shrinking`);
  effect(world, step);
  // Whoever is killed now is started again for what its row says.
  for (const nodeId of world.voters) expect(world.rows.get(nodeId)?.roles).toContain('controller');
}

/** `between` is called before each plan. */
function resize(world: World, brokers: number, between: (round: number) => void, stepsOf: (steps: readonly Step[]) => readonly Step[] = (all) => all, after: (step: Step) => void = () => undefined): void {
  world.state = { ...world.state, engine: engineOf(brokers), generation: world.state.generation + 1 };
  for (let round = 0; !isDone(world); round += 1) {
    if (round > ROUNDS_MAX) throw new Error(`not done: ${JSON.stringify(planOf(world))}`);
    between(round);
    const next = planOf(world);
    if (next.kind !== 'steps') continue;
    for (const step of stepsOf(next.steps)) {
      apply(world, step);
      after(step);
    }
  }
}

const ROUNDS_MAX = 400;

describe('growing and shrinking', () => {
  it.each(Array.from({ length: 80 }, (_, index) => index + 1))('ends with the voters and the copies of its size, whatever dies on the way (life %i)', (seed) => {
    const random = createRandom(seed);
    const world = createWorld(1 + random(5));
    for (let change = 0; change < 5; change += 1) {
      const brokers = 1 + random(5);
      const between = (round: number): void => {
        const [killed, led] = [random(30) + 1, random(3) + 1];
        const found = world.processes.get(killed);
        if (found && round < ROUNDS_MAX / 2) found.isUp = false;
        if (world.voters.has(led)) world.leader = led;
        // A platform that starts writes all files anew.
        if (random(5) === 0) world.state = { ...world.state, preparedGeneration: 0 };
      };
      // A platform that dies leaves the rest of its steps undone.
      resize(world, brokers, between, (all) => all.slice(0, random(4) === 0 ? 1 + random(all.length) : undefined));
      expect([...world.voters].sort()).toEqual(votersOf(brokers));
      expect([...world.rows.keys()].sort()).toEqual(nodeIdsOf(engineOf(brokers)));
      expect([...world.processes].filter(([, { roles }]) => roles.includes('controller')).map(([nodeId]) => nodeId).sort()).toEqual(votersOf(brokers));
      for (const { replicas, isInternal } of world.partitions) expect(replicas.length).toBe(isInternal ? Math.min(3, brokers) : 1);
    }
  });

  it.each([[[1, 3, 1]], [[2, 3, 2]], [[1, 2, 3, 5, 3, 2, 1]], [[5, 1, 4]]])('loses no quorum but by the restart of a voter that is alone: %j', ([first, ...rest]) => {
    const world = createWorld(first!);
    for (const brokers of rest) {
      resize(world, brokers, () => undefined, undefined, () => { expect(hasQuorum(world) || world.voters.size === 1).toBe(true); });
    }
  });
});
