import { describe, expect, it } from '@jest/globals';
import type { PartitionMove } from '#libs/control/domain';
import { balancePartitions, type BrokerPlace } from './balance.js';

/** Park and Miller's: the same lives in every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => { state = (state * 48_271) % 2_147_483_647; return state % below; };
}

interface Placed { topic: string; partition: number; replicas: number[]; isInternal?: boolean }
const place = (count: number, rack: (nodeId: number) => string | null = () => null): BrokerPlace[] => Array.from({ length: count }, (_, index) => ({ nodeId: index + 1, rack: rack(index + 1) }));
const zone = (nodeId: number): string => `zone-${((nodeId - 1) % 3) + 1}`;

/** As Kafka places a topic's replicas: one after another from a random start. */
function topics(random: (below: number) => number, brokers: number, count: number): Placed[] {
  return Array.from({ length: count }, (_, topic) => {
    const factor = 1 + random(Math.min(3, brokers));
    const start = random(brokers);
    return Array.from({ length: 1 + random(12) }, (_partition, partition) => ({ topic: `t${topic}`, partition, replicas: Array.from({ length: factor }, (_replica, index) => ((start + partition + index) % brokers) + 1) }));
  }).flat();
}

function apply(before: readonly Placed[], moves: readonly PartitionMove[]): Placed[] {
  return before.map((each) => ({ ...each, replicas: [...(moves.find((move) => move.topic === each.topic && move.partition === each.partition)?.replicas ?? each.replicas)] }));
}
const counts = (brokers: readonly BrokerPlace[], ids: readonly number[]): number[] => brokers.map(({ nodeId }) => ids.filter((id) => id === nodeId).length);
const gap = (numbers: readonly number[]): number => Math.max(...numbers) - Math.min(...numbers);
const copied = (before: readonly Placed[], after: readonly Placed[]): number => after.reduce((sum, each, index) => sum + each.replicas.filter((id) => !before[index]!.replicas.includes(id)).length, 0);
const seeds = Array.from({ length: 60 }, (_, index) => index + 1);

describe('balance', () => {
  it.each(seeds)('spreads over brokers that came, evenly and with no copy too many (life %i)', (seed) => {
    const random = createRandom(seed);
    const [old, more] = [1 + random(4), 1 + random(3)];
    const brokers = place(old + more);
    const before = topics(random, old, 1 + random(20));
    const after = apply(before, balancePartitions(before, brokers, { spread: true }));
    const loads = counts(brokers, after.flatMap(({ replicas }) => replicas));
    expect(gap(loads)).toBeLessThanOrEqual(1);
    for (const { replicas } of after) expect(new Set(replicas).size).toBe(replicas.length);
    expect(after.map(({ replicas }) => replicas.length)).toEqual(before.map(({ replicas }) => replicas.length));
    // What each broker has above its share has to go, and nothing else.
    const quota = Math.floor(loads.reduce((sum, load) => sum + load, 0) / brokers.length);
    const surplus = counts(brokers, before.flatMap(({ replicas }) => replicas)).reduce((sum, load) => sum + Math.max(0, load - quota), 0);
    expect(copied(before, after)).toBeLessThanOrEqual(surplus);
    expect(balancePartitions(after, brokers, { spread: true })).toEqual([]);
  });

  it.each(seeds)('empties brokers that leave, and moves nothing else (life %i)', (seed) => {
    const random = createRandom(seed);
    const [stay, leave] = [3 + random(3), 1 + random(3)];
    const before = topics(random, stay + leave, 1 + random(20));
    const after = apply(before, balancePartitions(before, place(stay), { spread: false }));
    for (const { replicas } of after) {
      expect(replicas.every((id) => id <= stay)).toBe(true);
      expect(new Set(replicas).size).toBe(replicas.length);
    }
    expect(copied(before, after)).toBe(before.reduce((sum, { replicas }) => sum + replicas.filter((id) => id > stay).length, 0));
  });

  it.each(seeds)('never has a partition on fewer racks than before (life %i)', (seed) => {
    const random = createRandom(seed);
    const before = topics(random, 3, 1 + random(20));
    const brokers = place(3 + 3 * (1 + random(2)), zone);
    const after = apply(before, balancePartitions(before, brokers, { spread: true }));
    after.forEach(({ replicas }, index) => expect(new Set(replicas.map(zone)).size).toBeGreaterThanOrEqual(new Set(before[index]!.replicas.map(zone)).size));
    // Racks may hold one more than others: to make them equal too would cost a partition a rack.
    for (const rack of ['zone-1', 'zone-2', 'zone-3']) {
      expect(gap(counts(brokers.filter((broker) => broker.rack === rack), after.flatMap(({ replicas }) => replicas)))).toBeLessThanOrEqual(1);
    }
    expect(gap(counts(brokers, after.flatMap(({ replicas }) => replicas)))).toBeLessThanOrEqual(2);
  });

  const internal = (count: number, replicas: number[]): Placed[] => Array.from({ length: count }, (_, partition) => ({ topic: '__offsets', partition, replicas: [...replicas], isInternal: true }));

  it.each(seeds)('gives Kafka\'s own topics three replicas where there are brokers for them, and nobody else\'s any (life %i)', (seed) => {
    const random = createRandom(seed);
    const [old, more] = [1 + random(3), 1 + random(3)];
    const before = [...topics(random, old, 1 + random(9)), ...internal(1 + random(50), [1])];
    const brokers = place(old + more, random(2) === 0 ? zone : undefined);
    const after = apply(before, balancePartitions(before, brokers, { spread: true }));
    after.forEach(({ replicas, isInternal }, index) => {
      expect(replicas.length).toBe(isInternal ? Math.min(3, brokers.length) : before[index]!.replicas.length);
      expect(new Set(replicas).size).toBe(replicas.length);
      if (isInternal && brokers[0]!.rack !== null) expect(new Set(replicas.map(zone)).size).toBe(replicas.length);
    });
    expect(balancePartitions(after, brokers, { spread: true })).toEqual([]);
  });

  it.each([[3, 2], [3, 1], [5, 2], [5, 3], [4, 3]])('takes from Kafka\'s own topics only the replicas for which there is no broker left (%i to %i brokers)', (old, stay) => {
    const before = internal(50, []).map((each, index) => ({ ...each, replicas: [0, 1, 2].map((replica) => ((index + replica) % old) + 1) }));
    const after = apply(before, balancePartitions(before, place(stay), { spread: false }));
    for (const { replicas } of after) {
      expect(replicas.every((id) => id <= stay)).toBe(true);
      expect(new Set(replicas).size).toBe(Math.min(3, stay));
    }
    expect(gap(counts(place(stay), after.map(({ replicas }) => replicas[0]!)))).toBeLessThanOrEqual(1);
  });

  it('takes none away when brokers come', () => {
    expect(balancePartitions([{ topic: '__offsets', partition: 0, replicas: [1, 2, 3, 4], isInternal: true }], place(5), { spread: true }).every(({ replicas }) => replicas.length === 4)).toBe(true);
  });

  it('spreads a small topic beside a large one', () => {
    const of = (topic: string, count: number): Placed[] => Array.from({ length: count }, (_, partition) => ({ topic, partition, replicas: [1, 2, 3] }));
    const before = [...of('large', 36), ...of('small', 6)];
    const after = apply(before, balancePartitions(before, place(6, zone), { spread: true }));
    for (const [topic, each] of [['large', 18], ['small', 3]] as const) {
      expect(counts(place(6), after.filter((one) => one.topic === topic).flatMap(({ replicas }) => replicas))).toEqual(Array.from({ length: 6 }, () => each));
    }
  });

  it.each(seeds)('evens the leaders out where every partition has a choice (life %i)', (seed) => {
    const random = createRandom(seed);
    const brokers = place(3);
    const before = Array.from({ length: 1 + random(40) }, (_, partition) => ({ topic: 't', partition, replicas: [[1, 2, 3], [1, 3, 2], [2, 1, 3]][random(3)]! }));
    const after = apply(before, balancePartitions(before, brokers, { spread: true }));
    expect(gap(counts(brokers, after.map(({ replicas }) => replicas[0]!)))).toBeLessThanOrEqual(1);
    expect(copied(before, after)).toBe(0);
  });

  it('gives a leadership on along a chain', () => {
    const before = [{ topic: 'a', partition: 0, replicas: [1, 2] }, { topic: 'a', partition: 1, replicas: [1, 2] }, { topic: 'b', partition: 0, replicas: [2, 3] }];
    const after = apply(before, balancePartitions(before, place(3), { spread: false }));
    expect(counts(place(3), after.map(({ replicas }) => replicas[0]!))).toEqual([1, 1, 1]);
  });

  it('leaves a replica where it is when no broker is free for it', () => {
    expect(balancePartitions([{ topic: 't', partition: 0, replicas: [1, 2, 3] }], place(2), { spread: false })).toEqual([]);
  });

  it('says nothing about nothing', () => {
    expect(balancePartitions([], place(3), { spread: true })).toEqual([]);
    expect(balancePartitions([{ topic: 't', partition: 0, replicas: [1] }], [], { spread: true })).toEqual([]);
  });
});
