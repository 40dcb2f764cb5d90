import { describe, expect, it } from '@jest/globals';
import { clusterPhases, type BrokerProcessState, type ObservedBroker, type ObservedCluster } from '#libs/control/domain';
import { plan } from './plan.js';
import { backoffMs, reconcilerLimits as limits } from './reconciler.limits.js';
import { createSemaphore } from './semaphore.js';
import type { BrokerState, ClusterState } from './store.js';

const now = 1_000_000;
const brokerState = (change: Partial<BrokerState> = {}): BrokerState => ({
  nodeId: 1, ports: { external: 1, internal: 2, controller: 3 }, roles: ['broker', 'controller'], rack: null, isFirst: true, restartedGeneration: 0, isReplaced: false, startAttempts: 0, nextStartAtMs: null,
  noted: { process: 'absent', pid: null, bundle: null, everReady: false, exitReason: null, restartNeeded: false }, ...change,
});
const state = (change: Partial<ClusterState> = {}): ClusterState => ({
  clusterId: 'lkc-1', kafkaClusterId: 'k', flushMode: 'ack', diskLimitBytes: null, phase: 'PROVISIONED', failureReason: null, generation: 1, observedGeneration: 1, preparedGeneration: 1,
  restartGeneration: 0, restartedGeneration: 0, principalsSequence: 1, principalsApplied: 1, phaseDeadlineAtMs: null, everProvisioned: true, engine: { engine: 'any', version: null, brokers: 1, controllers: 0, heapMb: null, configs: {} }, isPaused: false,
  brokers: [brokerState()], ...change,
});
const made = (change: Partial<ClusterState> = {}): ClusterState => state({ phase: 'PROVISIONING', observedGeneration: 0, everProvisioned: false, phaseDeadlineAtMs: now + 1_000, ...change });
const broker = (process: BrokerProcessState, change: Partial<ObservedBroker> = {}): ObservedBroker =>
  ({ nodeId: 1, process, pid: process === 'failed' || process === 'absent' ? null : 7, everReady: process === 'ready', exitReason: null, bundle: 'b', configMatches: true, ...change });
const seen = (...brokers: ObservedBroker[]): ObservedCluster => ({ directoryExists: true, brokers });
const nothing: ObservedCluster = { directoryExists: false, brokers: [] };
const kinds = (desired: ClusterState, observed: ObservedCluster): string[] | string => {
  const result = plan(desired, observed, now, limits);
  return result.kind === 'steps' ? result.steps.map((step) => step.kind) : result.kind;
};

describe('plan', () => {
  it.each<[string, ClusterState, ObservedCluster, string[] | string]>([
    ['new', made({ brokers: [], preparedGeneration: 0, principalsApplied: 0 }), nothing, ['allocate-ports']],
    ['new with ports', made({ preparedGeneration: 0, principalsApplied: 0 }), nothing, ['prepare', 'apply-principals']],
    ['prepared', made(), seen(), ['start-broker']],
    ['starting', made(), seen(broker('starting')), 'wait'],
    ['ready', made(), seen(broker('ready')), ['mark-provisioned']],
    ['ready, but a key was made meanwhile', made({ principalsSequence: 2 }), seen(broker('ready')), ['apply-principals']],
    ['late and never ready', made({ phaseDeadlineAtMs: now }), seen(broker('starting')), ['mark-failed']],
    ['late and not even started', made({ phaseDeadlineAtMs: now }), seen(), ['mark-failed']],
    ['late but ready', made({ phaseDeadlineAtMs: now }), seen(broker('ready')), ['mark-provisioned']],
    ['settled', state(), seen(broker('ready')), 'settled'],
    ['a broker that had been ready is gone', state({ brokers: [brokerState({ nextStartAtMs: now + 500 })] }), seen(broker('failed', { everReady: true })), ['start-broker']],
    ['the machine was restarted', state(), seen(broker('absent')), ['start-broker']],
    ['a broker that never was ready has to wait', state({ brokers: [brokerState({ startAttempts: 1, nextStartAtMs: now + 500 })] }), seen(broker('failed')), 'wait'],
    ['and is tried again', state({ brokers: [brokerState({ startAttempts: 1, nextStartAtMs: now })] }), seen(broker('failed')), ['start-broker']],
    ['until it has been enough', state({ brokers: [brokerState({ startAttempts: limits.startAttemptsMax, nextStartAtMs: now })] }), seen(broker('failed')), ['mark-failed']],
    ['and goes on being tried', state({ phase: 'FAILED', brokers: [brokerState({ startAttempts: 9, nextStartAtMs: now })] }), seen(broker('failed')), ['start-broker']],
    ['and comes back by itself', state({ phase: 'FAILED' }), seen(broker('ready')), ['mark-provisioned']],
    ['long recovery is no failure', state({ brokers: [brokerState({ startAttempts: limits.startAttemptsMax })] }), seen(broker('recovering')), 'wait'],
    ['given up, not yet ended', state(), seen(broker('failed', { pid: 7, everReady: true })), 'wait'],
    ['never came up, not yet ended', made({ phase: 'FAILED' }), seen(broker('failed', { pid: 7 })), ['stop-broker']],
    ['never came up', made({ phase: 'FAILED' }), seen(broker('failed')), 'settled'],
    ['never came up, still running', made({ phase: 'FAILED' }), seen(broker('starting')), ['stop-broker']],
    ['never came up, to be tried again', made({ phase: 'FAILED', restartGeneration: 1 }), seen(), ['retry-provisioning']],
    ['restart', state({ generation: 2, preparedGeneration: 2, restartGeneration: 1 }), seen(broker('ready')), ['stop-broker', 'mark-restarted']],
    ['restart of what is down', state({ restartGeneration: 1 }), seen(broker('failed')), ['mark-restarted']],
    ['stopped for a restart', state({ generation: 2, preparedGeneration: 2, restartGeneration: 1, restartedGeneration: 1 }), seen(broker('absent')), ['start-broker']],
    ['another flush mode', state({ generation: 2 }), seen(broker('ready')), ['prepare']],
    ['on the disk', state({ generation: 2, preparedGeneration: 2 }), seen(broker('ready', { configMatches: false })), ['stop-broker']],
    ['taken up', state({ generation: 2, preparedGeneration: 2 }), seen(broker('ready')), ['mark-provisioned']],
    ['configuration of an older platform: no restart unasked', state(), seen(broker('ready', { configMatches: false })), 'settled'],
    ['directory lost', state(), nothing, ['prepare', 'apply-principals']],
  ])('%s', (_name, desired, observed, expected) => { expect(kinds(desired, observed)).toEqual(expected); });

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
          const result = plan(desired, observed, now, limits);
          if (result.kind === 'steps') expect(result.steps.length).toBeGreaterThan(0);
          if (result.kind === 'wait') expect(result.upToMs).toBeGreaterThanOrEqual(0);
        }
      }
    }
  });

  it('tells the reason', () => {
    expect(plan(made({ phaseDeadlineAtMs: now }), seen(broker('failed', { exitReason: 'port in use' })), now, limits)).toEqual({
      kind: 'steps', steps: [{ kind: 'mark-failed', reason: 'broker 1 does not start: port in use' }],
    });
  });

  it('waits no longer than the deadline', () => {
    expect(plan(made({ phaseDeadlineAtMs: now + 10 }), seen(broker('starting')), now, limits)).toEqual({ kind: 'wait', upToMs: 10 });
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
});
