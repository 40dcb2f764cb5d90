import { describe, expect, it } from '@jest/globals';
import { clusterPhases, placeOf, rolesOf, type BrokerProcessState, type ClusterHealth, type ObservedBroker, type ObservedCluster, type PartitionHealth } from '#libs/control/domain';
import { plan, planUnprepared, type World } from './plan.js';
import { backoffMs, reconcilerLimits as limits } from './reconciler.limits.js';
import { createSemaphore } from './semaphore.js';
import type { Plan, Told } from './steps.js';
import type { BrokerState, ClusterState } from './store.js';

const now = 1_000_000;
const noted = { process: 'ready', pid: 7, bundle: 'b', everReady: true, exitReason: null, restartNeeded: false } as const;
const brokerState = (change: Partial<BrokerState> = {}): BrokerState => ({
  nodeId: 1, ports: { external: 1, internal: 2, controller: 3 }, roles: ['broker', 'controller'], rack: null, isFirst: true, restartedGeneration: 0, isReplaced: false, isForced: false, isJoining: false, startAttempts: 0, nextStartAtMs: null, noted, ...change,
});
const engine = { engine: 'any', version: null, brokers: 1, controllers: 0, heapMb: null, configs: {} };
const state = (change: Partial<ClusterState> = {}): ClusterState => ({
  clusterId: 'lkc-1', kafkaClusterId: 'k', flushMode: 'ack', diskLimitBytes: null, phase: 'PROVISIONED', failureReason: null, generation: 1, observedGeneration: 1, preparedGeneration: 1,
  restartGeneration: 0, restartedGeneration: 0, principalsSequence: 1, principalsApplied: 1, phaseDeadlineAtMs: null, everProvisioned: true, engine, isPaused: false,
  featuresVersion: null, dynamicConfigs: {}, balancedBrokers: change.engine?.brokers ?? 1, moves: null,
  brokers: [brokerState()], ...change,
});
const made = (change: Partial<ClusterState> = {}): ClusterState => state({ phase: 'PROVISIONING', observedGeneration: 0, everProvisioned: false, balancedBrokers: 0, phaseDeadlineAtMs: now + 1_000, ...change });
const broker = (process: BrokerProcessState, change: Partial<ObservedBroker> = {}): ObservedBroker =>
  ({ nodeId: 1, process, pid: process === 'failed' || process === 'absent' ? null : 7, everReady: process === 'ready', exitReason: null, bundle: 'b', configMatches: true, ...change });
const seen = (...brokers: ObservedBroker[]): ObservedCluster => ({ directoryExists: true, brokers });
const nothing: ObservedCluster = { directoryExists: false, brokers: [] };

const partition = (replicas: number[], change: Partial<PartitionHealth> = {}): PartitionHealth => ({ topic: 't', partition: 0, replicas, isr: replicas, leader: replicas[0] ?? null, isMoving: false, ...change });
const health = (change: Partial<ClusterHealth> = {}): Told =>
  ({ told: true, health: { brokers: [1, 2, 3, 4].map((nodeId) => ({ nodeId, rack: null })), controllerId: 1, voters: null, partitions: [], ...change } });
const silent: Told = { told: false, reason: 'nobody answers' };

/** Asked when it asks, as the loop does; `told` undefined: it must not ask. */
function planned(desired: ClusterState, observed: ObservedCluster, told?: Told, change: Partial<World> = {}): Plan {
  const world: World = { observed, nowMs: now, isOurs: true, dynamicConfigs: {}, ...change };
  const first = plan(desired, world, limits);
  return first.kind === 'ask' && told ? plan(desired, { ...world, told }, limits) : first;
}
const wordsOf = (result: Plan): string[] | string => {
  if (result.kind === 'wait' && result.progress !== null) return `wait: ${result.progress}`;
  return result.kind === 'steps' ? result.steps.map((step) => ('nodeId' in step ? `${step.kind} ${step.nodeId}` : step.kind)) : result.kind;
};
const kinds = (desired: ClusterState, observed: ObservedCluster, told?: Told): string[] | string => {
  const result = planned(desired, observed, told);
  return result.kind === 'steps' ? result.steps.map((step) => step.kind) : result.kind;
};

describe('plan', () => {
  it.each<[string, ClusterState, ObservedCluster, string[] | string, Told?]>([
    ['new', made({ brokers: [], preparedGeneration: 0, principalsApplied: 0 }), nothing, ['allocate-ports']],
    ['new with ports', made({ preparedGeneration: 0, principalsApplied: 0 }), nothing, ['prepare', 'apply-principals']],
    ['prepared', made(), seen(), ['start-broker']],
    ['starting', made(), seen(broker('starting')), 'wait'],
    ['ready', made(), seen(broker('ready')), ['mark-provisioned'], health()],
    ['ready, but the cluster doesn\'t answer', made(), seen(broker('ready')), 'wait', silent],
    ['ready, but not registered', made(), seen(broker('ready')), 'wait', health({ brokers: [] })],
    ['ready, but a partition has no leader', made(), seen(broker('ready')), 'wait', health({ partitions: [partition([1], { leader: null })] })],
    ['late, and the cluster doesn\'t answer', made({ phaseDeadlineAtMs: now }), seen(broker('ready')), ['mark-failed'], silent],
    ['ready, but a key was made meanwhile', made({ principalsSequence: 2 }), seen(broker('ready')), ['apply-principals']],
    ['late and never ready', made({ phaseDeadlineAtMs: now }), seen(broker('starting')), ['mark-failed']],
    ['late and not even started', made({ phaseDeadlineAtMs: now }), seen(), ['mark-failed']],
    ['late but ready', made({ phaseDeadlineAtMs: now }), seen(broker('ready')), ['mark-provisioned'], health()],
    ['settled', state(), seen(broker('ready')), 'settled'],
    ['a broker that had been ready is gone', state({ brokers: [brokerState({ nextStartAtMs: now + 500 })] }), seen(broker('failed', { everReady: true })), ['start-broker']],
    ['the machine was restarted', state(), seen(broker('absent')), ['start-broker']],
    ['a broker that never was ready has to wait', state({ brokers: [brokerState({ startAttempts: 1, nextStartAtMs: now + 500 })] }), seen(broker('failed')), 'wait'],
    ['and is tried again', state({ brokers: [brokerState({ startAttempts: 1, nextStartAtMs: now })] }), seen(broker('failed')), ['start-broker']],
    ['until it has been enough', state({ brokers: [brokerState({ startAttempts: limits.startAttemptsMax, nextStartAtMs: now })] }), seen(broker('failed')), ['mark-failed']],
    ['and goes on being tried', state({ phase: 'FAILED', brokers: [brokerState({ startAttempts: 9, nextStartAtMs: now })] }), seen(broker('failed')), ['start-broker']],
    ['and comes back by itself', state({ phase: 'FAILED' }), seen(broker('ready')), ['mark-provisioned'], health()],
    ['long recovery is no failure', state({ brokers: [brokerState({ startAttempts: limits.startAttemptsMax })] }), seen(broker('recovering')), 'wait'],
    ['given up, not yet ended', state(), seen(broker('failed', { pid: 7, everReady: true })), 'wait'],
    ['never came up, not yet ended', made({ phase: 'FAILED' }), seen(broker('failed', { pid: 7 })), ['stop-broker']],
    ['never came up', made({ phase: 'FAILED' }), seen(broker('failed')), 'settled'],
    ['never came up, still running', made({ phase: 'FAILED' }), seen(broker('starting')), ['stop-broker']],
    ['never came up, to be tried again', made({ phase: 'FAILED', restartGeneration: 1 }), seen(), ['retry-provisioning']],
    ['restart', state({ generation: 2, preparedGeneration: 2, restartGeneration: 1 }), seen(broker('ready')), ['stop-broker']],
    ['restart of what is down', state({ restartGeneration: 1, brokers: [brokerState({ startAttempts: 3, nextStartAtMs: now + 9_000 })] }), seen(broker('failed')), ['start-broker']],
    ['restart of what hangs', state({ restartGeneration: 1 }), seen(broker('starting')), ['stop-broker']],
    ['stopped for a restart', state({ generation: 2, preparedGeneration: 2, restartGeneration: 1 }), seen(broker('absent')), ['start-broker']],
    ['started since', state({ generation: 2, preparedGeneration: 2, restartGeneration: 1, brokers: [brokerState({ restartedGeneration: 1 })] }), seen(broker('ready')), ['mark-provisioned'], health()],
    ['another flush mode', state({ generation: 2 }), seen(broker('ready')), ['prepare']],
    ['on the disk', state({ generation: 2, preparedGeneration: 2 }), seen(broker('ready', { configMatches: false })), ['stop-broker']],
    ['taken up', state({ generation: 2, preparedGeneration: 2 }), seen(broker('ready')), ['mark-provisioned'], health()],
    ['what the tenant\'s partitions are is no reason to call the cluster down', state({ phase: 'FAILED' }), seen(broker('ready')), ['mark-provisioned'], health({ partitions: [partition([1], { leader: null, isr: [] })] })],
    ['to begin anew alone', state({ brokers: [brokerState({ isReplaced: true })] }), seen(broker('ready')), ['stop-broker', 'remove-broker', 'mark-cleared']],
    ['paused', state({ isPaused: true, generation: 2, preparedGeneration: 2 }), seen(broker('ready')), ['stop-broker']],
    ['paused, dead', state({ isPaused: true, generation: 2, preparedGeneration: 2 }), seen(broker('failed')), ['mark-paused']],
    ['paused for long', state({ isPaused: true }), seen(broker('absent')), 'settled'],
    ['paused, with a new key', state({ isPaused: true, principalsSequence: 2 }), seen(broker('absent')), ['apply-principals']],
    ['paused, and its files are old', state({ isPaused: true, preparedGeneration: 0 }), seen(broker('absent')), ['prepare']],
    ['resumed', state({ generation: 2, preparedGeneration: 2 }), seen(broker('absent')), ['start-broker']],
    ['another version and a new key: it is told first', state({ generation: 2, principalsSequence: 2 }), seen(broker('ready')), ['apply-principals', 'prepare']],
    ['nobody runs to be told', state({ generation: 2, principalsSequence: 2 }), seen(broker('failed')), ['prepare', 'apply-principals']],
    ['configuration of an older platform: no restart unasked', state(), seen(broker('ready', { configMatches: false })), 'settled'],
    ['directory lost', state(), nothing, ['prepare', 'apply-principals']],
  ])('%s', (...[, desired, observed, expected, told]) => { expect(kinds(desired, observed, told)).toEqual(expected); });

  it('removes from every state, whatever is there', () => {
    for (const process of ['absent', 'starting', 'recovering', 'ready', 'stopping', 'failed'] as const) {
      expect(kinds(state({ phase: 'DELETING' }), seen(broker(process)))).toEqual(['remove', 'forget']);
    }
    expect(kinds(state({ phase: 'DELETING', brokers: [] }), nothing)).toEqual(['remove', 'forget']);
  });

  it('says what is to be done in every combination, and changes nothing', () => {
    for (const phase of clusterPhases) {
      for (const process of [null, 'absent', 'starting', 'recovering', 'ready', 'stopping', 'failed'] as const) {
        for (const everReady of [true, false]) {
          const desired = Object.freeze(state({ phase }));
          const observed = process === null ? nothing : seen(Object.freeze(broker(process, { everReady })));
          for (const told of [health(), silent]) {
            const result = planned(desired, observed, told);
            expect(result.kind).not.toBe('ask');
            if (result.kind === 'steps') expect(result.steps.length).toBeGreaterThan(0);
            if (result.kind === 'wait') expect(result.upToMs).toBeGreaterThanOrEqual(0);
          }
        }
      }
    }
  });

  it('tells the reason', () => {
    expect(planned(made({ phaseDeadlineAtMs: now }), seen(broker('failed', { exitReason: 'port in use' })))).toEqual({
      kind: 'steps', steps: [{ kind: 'mark-failed', reason: 'broker 1 does not start: port in use' }],
    });
  });

  it('waits no longer than the deadline', () => {
    expect(planned(made({ phaseDeadlineAtMs: now + 10 }), seen(broker('starting')))).toEqual({ kind: 'wait', upToMs: 10, progress: 'waiting for node 1 (starting)' });
  });
});


describe('plan for several nodes', () => {
  const three = { ...engine, brokers: 3 };
  const nodesOf = (ids: readonly number[], change: (nodeId: number) => Partial<BrokerState> = () => ({}), controllers = 0): BrokerState[] =>
    ids.map((nodeId) => brokerState({ nodeId, roles: rolesOf(nodeId, { brokers: 3, controllers }), ...placeOf(nodeId, { firstBrokers: 3, availability: 'LOW' }), ...change(nodeId) }));
  const cluster = (change: Partial<ClusterState> = {}): ClusterState => state({ engine: three, brokers: nodesOf([1, 2, 3]), ...change });
  const all = (ids: readonly number[] = [1, 2, 3], change: (nodeId: number) => Partial<ObservedBroker> = () => ({})): ObservedCluster =>
    seen(...ids.map((nodeId) => ({ ...broker(change(nodeId).process ?? 'ready'), nodeId, ...change(nodeId) })));
  const votersOf = (...silent: number[]) => [1, 2, 3].map((nodeId) => ({ nodeId, isCurrent: !silent.includes(nodeId) }));
  const voters = votersOf();
  const asked = { generation: 2, preparedGeneration: 2 };
  const restart = { ...asked, restartGeneration: 1 };
  const through = (...ids: number[]) => nodesOf([1, 2, 3], (nodeId) => ({ restartedGeneration: ids.includes(nodeId) ? 1 : 0 }));
  const one = { partitions: [partition([1, 2, 3])] };
  const behind = { partitions: [partition([1, 2, 3], { isr: [1, 2] })] };
  const five = { ...engine, brokers: 5 };
  const moves = [{ topic: 't', partition: 0, replicas: [1, 2, 4] }];
  const lost = (): ObservedCluster => all([1, 2]);
  const grown = nodesOf([1, 2, 3], (id) => (id > 1 ? { roles: ['broker'] } : {}));

  it.each<[string, ClusterState, ObservedCluster, string[] | string, Told?]>([
    ['new', cluster({ phase: 'PROVISIONING', observedGeneration: 0, everProvisioned: false, balancedBrokers: 0, brokers: [] }), nothing, ['allocate-ports']],
    ['started all at once', cluster({ phase: 'PROVISIONING', observedGeneration: 0, everProvisioned: false, balancedBrokers: 0 }), seen(), ['start-broker 1', 'start-broker 2', 'start-broker 3']],
    ['one is late', cluster({ phase: 'PROVISIONING', observedGeneration: 0, everProvisioned: false, balancedBrokers: 0 }), all([1, 2, 3], (id) => (id === 2 ? { process: 'starting' } : {})), 'wait: waiting for node 2 (starting)'],
    ['one is not registered', cluster({ phase: 'PROVISIONING', observedGeneration: 0, everProvisioned: false, balancedBrokers: 0 }), all(), 'wait: waiting: broker 3 not registered', health({ brokers: [1, 2].map((nodeId) => ({ nodeId, rack: null })) })],
    ['all are there', cluster({ phase: 'PROVISIONING', observedGeneration: 0, everProvisioned: false, balancedBrokers: 0 }), all(), ['mark-provisioned'], health()],
    ['settled', cluster(), all(), 'settled'],
    ['one died', cluster(), all([1, 2, 3], (id) => (id === 3 ? { process: 'failed', everReady: true } : {})), ['start-broker 3']],

    ['a restart begins, the leading controller not first', cluster(restart), all(), ['stop-broker 2'], health(one)],
    ['the next', cluster({ ...restart, brokers: through(2) }), all(), ['stop-broker 3'], health(one)],
    ['the leading controller at last', cluster({ ...restart, brokers: through(2, 3) }), all(), ['stop-broker 1'], health(one)],
    ['wherever it is by now', cluster({ ...restart, brokers: through(2, 3) }), all(), ['stop-broker 1'], health({ ...one, controllerId: 3 })],
    ['all through', cluster({ ...restart, brokers: through(1, 2, 3) }), all(), ['mark-provisioned'], health(one)],
    ['not while a partition is behind', cluster(restart), all(), 'wait: waiting: 1 partition under-replicated', health(behind)],
    ['not while one has no leader', cluster(restart), all(), 'wait: waiting: 1 partition offline', health({ partitions: [partition([3], { leader: null, isr: [3] })] })],
    ['not while a broker is fenced', cluster(restart), all(), 'wait: waiting: broker 2 not registered', health({ brokers: [1, 3].map((nodeId) => ({ nodeId, rack: null })) })],
    ['not while a controller lags', cluster(restart), all(), 'wait: waiting: controller 3 not up to date', health({ ...one, voters: votersOf(3) })],
    ['not while nobody answers', cluster(restart), all(), 'wait: waiting: nobody answers', silent],
    ['not while another is down', cluster({ ...restart, brokers: through(2) }), all([1, 2, 3], (id) => (id === 2 ? { process: 'recovering' } : {})), 'wait: waiting for node 2 (recovering)'],
    ['stopped by us, it is started first of all', cluster({ ...restart, brokers: through() }), all([1, 2, 3], (id) => (id === 2 ? { process: 'absent' } : {})), ['start-broker 2']],
    ['what hangs comes first: it serves nobody', cluster({ ...restart, brokers: through() }), all([1, 2, 3], (id) => (id === 3 ? { process: 'starting' } : {})), ['stop-broker 3']],
    ['what never came up has its turn at once', cluster({ ...restart, phase: 'FAILED', brokers: nodesOf([1, 2, 3], (id) => (id === 3 ? { nextStartAtMs: now + 9_000, startAttempts: 7 } : {})) }), all([1, 2, 3], (id) => (id === 3 ? { process: 'failed' } : {})), ['start-broker 3']],
    ['controllers that stand apart come first', state({ ...restart, engine: { ...three, controllers: 3 }, brokers: nodesOf([1, 2, 3, 1001, 1002, 1003], undefined, 3) }), all([1, 2, 3, 1001, 1002, 1003]), ['stop-broker 1002'], health({ ...one, controllerId: 1001 })],
    ['emptied while it could not start any more: it had data all the same', cluster({ brokers: nodesOf([1, 2, 3], (id) => (id === 3 ? { noted: { ...noted, process: 'failed', pid: null, everReady: false } } : {})) }), all([1, 2, 3], (id) => (id === 3 ? { process: 'failed', isDataLost: true } : {})), ['mark-replaced 3'], health(one)],
    ['gone while it could not start any more', cluster({ brokers: nodesOf([1, 2, 3], (id) => (id === 3 ? { noted: { ...noted, process: 'failed', pid: null, everReady: false } } : {})) }), lost(), ['mark-replaced 3'], health(one)],
    ['most controllers have lost their data: nobody can answer', cluster(), all([1]), ['mark-failed']],
    ['and stays what it is', cluster({ phase: 'FAILED' }), all([1]), 'wait: waiting: nobody answers', silent],
    ['settings that were asked for roll', cluster(asked), all([1, 2, 3], () => ({ configMatches: false })), ['stop-broker 2'], health(one)],
    ['and go on with who hasn\'t got them', cluster(asked), all([1, 2, 3], (id) => ({ configMatches: id !== 3 })), ['stop-broker 3'], health(one)],
    ['files of another build roll nobody', cluster(), all([1, 2, 3], () => ({ configMatches: false })), 'settled'],

    ['another version: the features last', cluster({ ...restart, featuresVersion: '1', engine: { ...three, version: '2' }, brokers: through(1, 2, 3) }), all(), ['update-features'], health(one)],
    ['not before all run it', cluster({ ...restart, featuresVersion: '1', engine: { ...three, version: '2' }, brokers: through(2) }), all(), ['stop-broker 3'], health(one)],

    ['more brokers: ports', cluster({ ...asked, engine: five, balancedBrokers: 3 }), all(), ['allocate-ports']],
    ['files of those that are new, and principals', cluster({ ...asked, preparedGeneration: 1, engine: five, balancedBrokers: 3, brokers: nodesOf([1, 2, 3, 4, 5], (id) => (id > 3 ? { noted: { ...noted, everReady: false } } : {})) }), all(), ['prepare', 'apply-principals']],
    ['all have a directory: those that run are told first', cluster({ ...asked, preparedGeneration: 1, principalsApplied: 0, brokers: nodesOf([1, 2, 3], (id) => ({ isJoining: id === 2 })) }), all([1, 2, 3], (id) => (id === 2 ? { process: 'absent' } : {})), ['apply-principals', 'prepare']],
    ['partitions follow', cluster({ ...asked, engine: { ...engine, brokers: 4 }, balancedBrokers: 3, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4]), ['plan-moves'], health({ partitions: [0, 1, 2, 3].map((index) => partition([1, 2, 3], { partition: index })) })],
    ['nothing to move', cluster({ ...asked, engine: { ...engine, brokers: 4 }, balancedBrokers: 3, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4]), ['mark-balanced'], health()],
    ['they begin to move', cluster({ ...asked, engine: { ...engine, brokers: 4 }, balancedBrokers: 3, moves, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4]), ['move-partitions'], health(one)],
    ['they move', cluster({ ...asked, engine: { ...engine, brokers: 4 }, balancedBrokers: 3, moves, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4]), 'wait: 0 of 1 partitions moved', health({ partitions: [partition([1, 2, 4], { isr: [1, 2], isMoving: true })] })],
    ['one isn\'t there before it is in sync', cluster({ ...asked, engine: { ...engine, brokers: 4 }, balancedBrokers: 3, moves, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4]), 'wait: 0 of 1 partitions moved', health({ partitions: [partition([1, 2, 4], { isr: [1, 2] })] })],
    ['they have arrived', cluster({ ...asked, engine: { ...engine, brokers: 4 }, balancedBrokers: 3, moves, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4]), ['elect-leaders', 'mark-balanced'], health({ partitions: [partition([1, 2, 4])] })],
    ['or are gone', cluster({ ...asked, engine: { ...engine, brokers: 4 }, balancedBrokers: 3, moves, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4]), ['elect-leaders', 'mark-balanced'], health()],

    ['fewer brokers: emptied first', cluster({ ...asked, balancedBrokers: 4, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4]), ['plan-moves'], health({ partitions: [partition([1, 4])] })],
    ['of Kafka\'s own topics what is too much goes', cluster({ ...asked, balancedBrokers: 4, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4]), ['plan-moves'], health({ partitions: [partition([1, 2, 3, 4], { isInternal: true })] })],
    ['which takes as many as there are replicas', cluster({ ...asked, balancedBrokers: 4, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4]), 'wait: waiting: topic t has 4 replicas: it needs as many brokers', health({ partitions: [partition([1, 2, 3, 4])] })],
    ['empty, stopped', cluster({ ...asked, balancedBrokers: 4, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4]), ['stop-broker 4'], health(one)],
    ['stopped, gone', cluster({ ...asked, balancedBrokers: 4, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4], (id) => (id === 4 ? { process: 'absent' } : {})), ['unregister-broker 4', 'remove-broker 4', 'forget-broker 4'], health(one)],
    ['stopped, but something came meanwhile', cluster({ ...asked, balancedBrokers: 4, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4], (id) => (id === 4 ? { process: 'absent' } : {})), ['start-broker 4'], health({ partitions: [partition([1, 4])] })],
    ['died before it was empty', cluster({ ...asked, balancedBrokers: 4, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4], (id) => (id === 4 ? { process: 'failed', everReady: true } : {})), ['start-broker 4'], silent],
    ['one that has stopped for good keeps nobody from a restart', cluster({ ...asked, balancedBrokers: 4, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4], (id) => (id === 4 ? { process: 'absent', configMatches: false } : { configMatches: id !== 2 })), ['stop-broker 2'], health({ ...one, brokers: [1, 2, 3].map((nodeId) => ({ nodeId, rack: null })) })],
    ['nor is it waited for that it takes new files up', cluster({ ...asked, balancedBrokers: 4, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4], (id) => (id === 4 ? { process: 'absent', configMatches: false } : {})), ['unregister-broker 4', 'remove-broker 4', 'forget-broker 4'], health(one)],
    ['its data is taken away already', cluster({ ...asked, balancedBrokers: 4, brokers: nodesOf([1, 2, 3, 4]) }), all(), ['unregister-broker 4', 'remove-broker 4', 'forget-broker 4'], health(one)],
    ['that of a controller', cluster({ ...asked, engine, balancedBrokers: 1, brokers: nodesOf([1, 2]) }), all([1]), ['unregister-broker 2', 'remove-broker 2', 'forget-broker 2'], health({ partitions: [partition([1])], voters: [voters[0]!] })],
    ['all gone', cluster({ ...asked, balancedBrokers: 4 }), all(), ['mark-balanced'], health(one)],

    ['it grew when votes did not: it is left as it is', cluster({ brokers: grown }), all(), 'settled'],
    ['until something is wanted of it: the role', cluster({ ...asked, brokers: grown }), all(), ['mark-roles 2'], health({ ...one, voters: [voters[0]!] })],
    ['the role takes a restart, of the others before the lone voter\'s', cluster(asked), all([1, 2, 3], () => ({ configMatches: false })), ['stop-broker 2'], health({ ...one, voters: [voters[0]!] })],
    ['then the vote', cluster(asked), all([1, 2, 3], (id) => ({ configMatches: id !== 1 })), ['add-voter 2'], health({ ...one, voters: [voters[0]!] })],
    ['one after another', cluster(asked), all([1, 2, 3], (id) => ({ configMatches: id !== 1 })), 'wait: waiting: controller 2 not up to date', health({ ...one, voters: votersOf(2).slice(0, 2) })],
    ['the third', cluster(asked), all([1, 2, 3], (id) => ({ configMatches: id !== 1 })), ['add-voter 3'], health({ ...one, voters: voters.slice(0, 2) })],
    ['then the first\'s restart', cluster(asked), all([1, 2, 3], (id) => ({ configMatches: id !== 1 })), ['stop-broker 1'], health({ ...one, voters })],
    ['controllers that stand apart get no other votes', state({ ...asked, engine: { ...three, controllers: 3 }, balancedBrokers: 3, brokers: nodesOf([1, 2, 3, 1001, 1002, 1003], undefined, 3) }), all([1, 2, 3, 1001, 1002, 1003]), ['mark-provisioned'], health({ ...one, controllerId: 1001, voters: [1001, 1002, 1003].map((nodeId) => ({ nodeId, isCurrent: true })) })],

    ['fewer than three: votes go before brokers', cluster({ ...asked, engine, balancedBrokers: 1 }), all(), ['remove-voter 3'], health({ partitions: [partition([1])], voters })],
    ['the one that leads last', cluster({ ...asked, engine, balancedBrokers: 1 }), all(), ['remove-voter 2'], health({ partitions: [partition([1])], voters, controllerId: 3 })],
    ['not while what remains is no majority', cluster({ ...asked, engine, balancedBrokers: 1 }), all(), 'wait: waiting: 1 of the 2 other controllers up to date: no majority', health({ partitions: [partition([1])], voters: votersOf(1) })],
    ['not while it may not be certain', cluster({ ...asked, engine, balancedBrokers: 1 }), all(), 'wait: waiting: the controllers elect another leader', health({ partitions: [partition([1])], voters: [voters[0]!], controllerId: 3 })],
    ['then brokers go', cluster({ ...asked, engine, balancedBrokers: 1 }), all(), ['stop-broker 3'], health({ partitions: [partition([1])], voters: [voters[0]!] })],
    ['the next', cluster({ ...asked, engine, balancedBrokers: 1, brokers: nodesOf([1, 2]) }), all([1, 2]), ['stop-broker 2'], health({ partitions: [partition([1])], voters: [voters[0]!] })],
    ['nor is it sure of a role while a vote may not be gone', cluster({ ...asked, engine: { ...engine, brokers: 2 }, balancedBrokers: 2, brokers: nodesOf([1, 2]) }), all([1, 2]), 'wait: waiting: the controllers elect another leader', health({ partitions: [partition([1])], voters: [voters[0]!], controllerId: 2 })],
    ['who stays loses the role when they are gone, and before anybody is restarted', cluster({ ...asked, engine: { ...engine, brokers: 2 }, balancedBrokers: 2, brokers: nodesOf([1, 2]) }), all([1, 2], () => ({ configMatches: false })), ['mark-roles 2'], health({ partitions: [partition([1])], voters: [voters[0]!] })],

    ['paused, all of both kinds: the last majority at once', state({ ...asked, isPaused: true, brokers: nodesOf([1, 2, 3, 4]) }), all([1, 2, 3, 4]), ['stop-broker 4', 'stop-broker 3', 'stop-together']],
    ['and the last alone', state({ ...asked, isPaused: true, brokers: nodesOf([1, 2, 3]) }), all([1, 2, 3], (id) => (id > 1 ? { process: 'absent' } : {})), ['stop-broker 1']],
    ['paused: brokers first', state({ ...asked, isPaused: true, engine: { ...three, controllers: 3 }, brokers: nodesOf([1, 2, 3, 1001, 1002, 1003], undefined, 3) }), all([1, 2, 3, 1001, 1002, 1003]), ['stop-broker 3', 'stop-broker 2', 'stop-broker 1', 'stop-broker 1003', 'stop-broker 1002', 'stop-broker 1001']],

    ['to be replaced, with its vote', cluster({ ...asked, brokers: nodesOf([1, 2, 3], (id) => ({ isReplaced: id === 2 })) }), all(), ['stop-broker 2', 'remove-voter 2', 'remove-broker 2', 'mark-cleared 2'], health({ ...one, voters })],
    ['not while the others are no majority without it', cluster({ ...asked, brokers: nodesOf([1, 2, 3], (id) => ({ isReplaced: id === 2 })) }), all(), 'wait: waiting: 1 of the 2 other controllers up to date: no majority', health({ ...one, voters: votersOf(3) })],
    ['nor when its vote is said to be gone', cluster({ ...asked, brokers: nodesOf([1, 2, 3], (id) => ({ isReplaced: id === 2 })) }), all(), 'wait: waiting: 1 of the 2 other controllers up to date: no majority', health({ ...one, voters: votersOf(3).filter(({ nodeId }) => nodeId !== 2) })],
    ['its vote is gone already', cluster({ ...asked, brokers: nodesOf([1, 2, 3], (id) => ({ isReplaced: id === 2 })) }), all([1, 2, 3], (id) => (id === 2 ? { process: 'absent' } : {})), ['stop-broker 2', 'remove-broker 2', 'mark-cleared 2'], health({ ...behind, voters: [voters[0]!, voters[2]!] })],
    ['not while it has the only copy, though it had not when that was asked for', cluster({ ...asked, brokers: nodesOf([1, 2, 3], (id) => ({ isReplaced: id === 2 })) }), all(), 'wait: waiting: 1 partition would be lost with it, t-0 among them', health({ partitions: [partition([1, 2, 3], { leader: 2, isr: [2] })], voters })],
    ['even so, by force', cluster({ ...asked, brokers: nodesOf([1, 2, 3], (id) => ({ isReplaced: id === 2, isForced: id === 2 })) }), all(), ['stop-broker 2', 'remove-voter 2', 'remove-broker 2', 'mark-cleared 2'], health({ partitions: [partition([1, 2, 3], { leader: 2, isr: [2] })], voters })],
    ['it is not started meanwhile, but the others are', cluster({ ...asked, brokers: nodesOf([1, 2, 3], (id) => ({ isReplaced: id === 2 })) }), all([1, 2, 3], (id) => ({ process: id === 1 ? 'ready' : 'absent' })), ['start-broker 3']],
    ['it is not prepared before it is empty', cluster({ ...asked, preparedGeneration: 1, brokers: nodesOf([1, 2, 3], (id) => ({ isReplaced: id === 2 })) }), all(), ['stop-broker 2', 'remove-voter 2', 'remove-broker 2', 'mark-cleared 2'], health({ ...one, voters })],
    ['it votes again', cluster({ ...asked, brokers: nodesOf([1, 2, 3], (id) => ({ isJoining: id === 2 })) }), all(), ['add-voter 2'], health({ ...one, voters: [voters[0]!, voters[2]!] })],
    ['its vote can\'t be had yet', cluster({ ...asked, brokers: nodesOf([1, 2, 3], (id) => ({ isJoining: id === 2 })) }), all(), 'wait: waiting: controller 2 not up to date', health({ ...one, voters: votersOf(2) })],
    ['it catches up', cluster({ ...asked, brokers: nodesOf([1, 2, 3], (id) => ({ isJoining: id === 3 })) }), all(), 'wait: 0 of 1 replicas of broker 3 in sync', health({ ...behind, voters })],
    ['it is back', cluster({ ...asked, brokers: nodesOf([1, 2, 3], (id) => ({ isJoining: id === 3 })) }), all(), ['mark-joined 3'], health({ ...one, voters })],
    ['in a cluster without a quorum', cluster({ ...asked, brokers: nodesOf([1, 2, 3], (id) => ({ isReplaced: id === 2 })) }), all(), ['stop-broker 2', 'remove-broker 2', 'mark-cleared 2'], health(one)],

    ['its directory is gone: the others have all', cluster(), lost(), ['mark-replaced 3'], health({ ...behind, voters })],
    ['its data is gone', cluster(), all([1, 2, 3], (id) => (id === 3 ? { process: 'absent', isDataLost: true } : {})), ['mark-replaced 3'], health({ ...behind, voters })],
    ['it had the only copy', cluster(), lost(), ['mark-failed'], health({ partitions: [partition([3], { leader: null, isr: [3] })], voters })],
    ['it had the only copy: that has been said', cluster({ phase: 'FAILED' }), lost(), 'wait: the data of broker 3 is gone, and 1 partition would be lost with it, t-0 among them; bring its directory back, or have the broker replaced by force', health({ partitions: [partition([3], { leader: null, isr: [3] })], voters })],
    ['the only one that was in sync', cluster(), lost(), ['mark-failed'], health({ partitions: [partition([1, 2, 3], { leader: null, isr: [3] })], voters })],
    ['it alone had the metadata', cluster(), all([2, 3]), ['mark-failed'], health({ voters: [voters[0]!] })],
    ['nothing is prepared over it', cluster({ preparedGeneration: 0 }), lost(), ['mark-replaced 3'], health({ ...behind, voters })],
    ['nobody knows', cluster(), lost(), 'wait: waiting: nobody answers', silent],
    ['never having had any it isn\'t lost', cluster({ ...asked, preparedGeneration: 1, balancedBrokers: 3, engine: { ...engine, brokers: 4 }, brokers: [...nodesOf([1, 2, 3]), brokerState({ nodeId: 4, roles: ['broker'], noted: { ...noted, everReady: false } })] }), all(), ['prepare', 'apply-principals']],
  ])('%s', (...[, desired, observed, expected, told]) => { expect(wordsOf(planned(desired, observed, told))).toEqual(expected); });

  it('sets, changes and takes away settings, once the files are there', () => {
    const present = { dynamicConfigs: { a: '1', b: '2', c: '3' } };
    const result = planned(cluster(present), all(), health(one), { dynamicConfigs: { a: '1', b: '5', d: '4' } });
    expect(result).toEqual({ kind: 'steps', steps: [{ kind: 'apply-configs', set: { b: '5', d: '4' }, remove: ['c'], wanted: { a: '1', b: '5', d: '4' } }] });
    expect(planned(cluster(present), all(), undefined, { dynamicConfigs: null })).toEqual({ kind: 'settled' });
  });

  it('moves so many partitions at a time, and none beyond', () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ topic: 't', partition: index, replicas: [4] }));
    const desired = cluster({ ...asked, engine: { ...engine, brokers: 4 }, balancedBrokers: 3, moves: many, brokers: nodesOf([1, 2, 3, 4]) });
    const at = (done: number, moving: number): Told => health({ partitions: many.map(({ partition: index }) => partition([index < done + moving ? 4 : 1], { partition: index, isMoving: index >= done && index < done + moving })) });
    const first = planned(desired, all([1, 2, 3, 4]), at(0, 0));
    expect(first.kind === 'steps' && first.steps[0]?.kind === 'move-partitions' ? first.steps[0].moves.length : 0).toBe(limits.movesAtOnceMax);
    expect(planned(desired, all([1, 2, 3, 4]), at(12, limits.movesAtOnceMax))).toMatchObject({ kind: 'wait', progress: '12 of 40 partitions moved' });
    const next = planned(desired, all([1, 2, 3, 4]), at(12, limits.movesAtOnceMax - 3));
    expect(next.kind === 'steps' && next.steps[0]?.kind === 'move-partitions' ? next.steps[0].moves.length : 0).toBe(3);
  });

  it('never stops a node while another is down, whatever is wanted and seen', () => {
    for (const down of [1, 2, 3]) {
      for (const process of ['starting', 'recovering', 'absent', 'stopping', 'failed'] as const) {
        for (const wanted of [restart, { ...restart, brokers: through(down) }, asked, { ...asked, brokers: nodesOf([1, 2, 3], (id) => ({ isReplaced: id !== down })) }]) {
          const result = planned(cluster(wanted), all([1, 2, 3], (id) => ({ configMatches: false, ...(id === down ? { process } : {}) })), health({ ...one, voters }));
          const stopped = result.kind === 'steps' ? result.steps.flatMap((step) => (step.kind === 'stop-broker' ? [step.nodeId] : [])) : [];
          if (!('brokers' in wanted) || !wanted.brokers.some(({ isReplaced }) => isReplaced)) expect(stopped.filter((nodeId) => nodeId !== down)).toEqual([]);
          expect(stopped.length).toBeLessThanOrEqual(1);
        }
      }
    }
  });
});

describe('plan while files can\'t be made', () => {
  const wanted = (change: Partial<ClusterState> = {}): ClusterState => state({ generation: 2, ...change });
  const dead = seen(broker('failed', { everReady: true }));
  const two = { engine: { ...engine, brokers: 2 }, brokers: [brokerState(), brokerState({ nodeId: 2, roles: ['broker'] })] };
  it.each<[string, ClusterState, ObservedCluster, string[], boolean?]>([
    ['who died is started again', wanted(), dead, ['start-broker 1']],
    ['who runs is left alone', wanted({ restartGeneration: 1 }), seen(broker('ready', { configMatches: false })), []],
    ['who can\'t start has its pause', wanted({ brokers: [brokerState({ startAttempts: 1, nextStartAtMs: now + 1 })] }), seen(broker('failed')), []],
    ['keys are told', wanted({ principalsSequence: 2 }), dead, ['apply-principals', 'start-broker 1']],
    ['paused it is told alone', wanted({ isPaused: true, principalsSequence: 2 }), dead, ['apply-principals']],
    ['who has lost its data isn\'t started over nothing', wanted(), seen(broker('failed', { isDataLost: true })), []],
    ['who is to have its data taken away neither', wanted({ brokers: [brokerState({ isReplaced: true })] }), dead, []],
    ['who joins waits for its files', wanted({ ...two, balancedBrokers: 1 }), seen(broker('ready'), broker('absent', { nodeId: 2 })), []],
    ['who begins anew too', wanted({ ...two, balancedBrokers: 2, brokers: [two.brokers[0]!, brokerState({ nodeId: 2, isJoining: true })] }), seen(broker('ready'), broker('absent', { nodeId: 2 })), []],
    ['who leaves isn\'t called back', wanted({ brokers: two.brokers, balancedBrokers: 2 }), seen(broker('ready'), broker('failed', { nodeId: 2 })), []],
    ['nobody is started of a cluster that goes', wanted({ phase: 'DELETING' }), dead, []],
    ['nor of one that has never been up', made({ generation: 2 }), dead, []],
    ['nor without a directory', wanted(), nothing, []],
    ['nor of somebody else\'s', wanted(), dead, [], false],
  ])('%s', (...[, desired, observed, expected, isOurs = true]) => {
    expect(wordsOf({ kind: 'steps', steps: planUnprepared(desired, { observed, nowMs: now, isOurs, dynamicConfigs: null }, limits) })).toEqual(expected);
  });
});

describe('plan for a cluster of somebody else\'s', () => {
  const foreign = (change: Partial<ClusterState> = {}): ClusterState => state({ engine: { ...engine, brokers: 0 }, balancedBrokers: 0, brokers: [], ...change });
  const unborn = { phase: 'PROVISIONING', observedGeneration: 0, everProvisioned: false, phaseDeadlineAtMs: now + 1_000 } as const;
  const refused = seen(broker('failed', { exitReason: 'it refuses the credentials' }));
  it.each<[string, ClusterState, ObservedCluster, string[] | string]>([
    ['new', foreign({ ...unborn, preparedGeneration: 0, principalsApplied: 0 }), nothing, ['prepare', 'apply-principals']],
    ['not reached yet', foreign(unborn), seen(), 'wait'],
    ['never reached', foreign({ ...unborn, phaseDeadlineAtMs: now }), seen(), ['mark-failed']],
    ['reached', foreign(unborn), seen(broker('ready')), ['mark-provisioned']],
    ['refused', foreign(unborn), refused, ['mark-failed']],
    ['refused still', foreign({ phase: 'FAILED', failureReason: 'it refuses the credentials' }), refused, 'settled'],
    ['for another reason by now', foreign({ phase: 'FAILED', failureReason: 'it is another cluster' }), refused, ['mark-failed']],
    ['back by itself', foreign({ phase: 'FAILED', failureReason: 'x' }), seen(broker('ready')), ['mark-provisioned']],
    ['back, though it never was up', foreign({ ...unborn, phase: 'FAILED', failureReason: 'x' }), seen(broker('ready')), ['mark-provisioned']],
    ['settled', foreign(), seen(broker('ready')), 'settled'],
    ['let go', foreign({ phase: 'DELETING' }), seen(broker('ready')), ['remove', 'forget']],
  ])('%s', (_name, desired, observed, expected) => {
    const result = planned(desired, observed, undefined, { isOurs: false });
    expect(result.kind === 'steps' ? result.steps.map(({ kind }) => kind) : result.kind).toEqual(expected);
  });
});

describe('back-off', () => {
  it('doubles up to its limit', () => {
    expect([1, 2, 3].map((attempt) => backoffMs(attempt, limits))).toEqual([250, 500, 1_000]);
    expect(backoffMs(1_000, limits)).toBe(limits.backoffMaxMs);
  });
});

describe('places for starts', () => {
  it('are given in order, and given back once', async () => {
    const places = createSemaphore(1);
    const first = places.tryAcquire();
    expect(places.tryAcquire()).toBeNull();
    const order: number[] = [];
    const second = places.acquire().then((release) => { order.push(2); return release; });
    const third = places.acquire().then((release) => { order.push(3); return release; });
    first?.();
    first?.();
    (await second)();
    (await third)();
    expect(order).toEqual([2, 3]);
    expect(places.tryAcquire()).not.toBeNull();
  });

  it('let a cluster\'s nodes in together, and nobody past those that came before', async () => {
    const places = createSemaphore(3);
    const two = places.tryAcquire(2)!;
    expect(places.tryAcquire(2)).toBeNull();
    const order: string[] = [];
    const large = places.acquire(9).then((release) => { order.push('large'); return release; });
    expect(places.tryAcquire()).toBeNull();
    const small = places.acquire().then((release) => { order.push('small'); return release; });
    two();
    (await large)();
    (await small)();
    expect(order).toEqual(['large', 'small']);
  });
});
