import { Attribute, type BatchHeader } from '#libs/kafka/protocol';
import { PRODUCERS_PER_PARTITION } from './log.limits.js';
import { createProducerBudget } from './producer-budget.js';
import { createProducerStates } from './producer-state.js';

const header = (producerId: number, attributes = 0): BatchHeader => ({
  baseOffset: producerId, sizeBytes: 100, partitionLeaderEpoch: 0, magic: 2, crc: 0, attributes, lastOffsetDelta: 0, baseTimestamp: 1, maxTimestamp: 1, producerId, producerEpoch: 0, baseSequence: 0, count: 1,
});
const NOTHING = Buffer.alloc(0);

describe('producers that a partition remembers', () => {
  it('are so many; one more makes it forget who wrote longest ago', () => {
    const states = createProducerStates();
    for (let id = 0; id < PRODUCERS_PER_PARTITION; id++) states.apply(header(id), NOTHING);
    expect(states.all()).toHaveLength(PRODUCERS_PER_PARTITION);
    expect(states.get(0)).not.toBeNull();
    states.apply({ ...header(0), baseSequence: 1 }, NOTHING);
    states.apply(header(PRODUCERS_PER_PARTITION), NOTHING);
    expect(states.all()).toHaveLength(PRODUCERS_PER_PARTITION);
    expect([states.get(0), states.get(1), states.get(PRODUCERS_PER_PARTITION)].map((state) => state !== null)).toEqual([true, false, true]);
  });
  it('never are forgotten in a transaction', () => {
    const states = createProducerStates();
    states.apply(header(0, Attribute.transactional), NOTHING);
    for (let id = 1; id <= PRODUCERS_PER_PARTITION; id++) states.apply(header(id), NOTHING);
    expect([states.get(0), states.get(1)].map((state) => state !== null)).toEqual([true, false]);
  });
});

describe('producers that all partitions of a broker remember', () => {
  const ids = (states: ReturnType<typeof createProducerStates>): number[] => states.all().map(({ producerId }) => producerId);

  it('are so many together; one more makes the partition forget who wrote longest ago, wherever that was', () => {
    const budget = createProducerBudget(4);
    const [one, two] = [createProducerStates(budget), createProducerStates(budget)];
    for (const id of [1, 2, 3]) one.apply(header(id), NOTHING);
    two.apply(header(4), NOTHING);
    expect([ids(one), ids(two), budget.count]).toEqual([[1, 2, 3], [4], 4]);
    one.apply({ ...header(1), baseSequence: 1 }, NOTHING);
    two.apply(header(5), NOTHING);
    expect([ids(one), ids(two), budget.count]).toEqual([[1, 3], [4, 5], 4]);
  });
  it('are counted no more when they expire, are loaded over or go with their log, and never forgotten in a transaction', () => {
    const budget = createProducerBudget(3);
    const [one, two] = [createProducerStates(budget), createProducerStates(budget)];
    one.apply(header(1, Attribute.transactional), NOTHING);
    for (const id of [2, 3]) one.apply(header(id), NOTHING);
    two.apply(header(4), NOTHING);
    expect([ids(one), ids(two)]).toEqual([[1, 3], [4]]);
    const crc32c = (bytes: Buffer): number => bytes.length;
    const snapshot = one.encode(crc32c);
    expect([one.load(snapshot, crc32c), budget.count]).toEqual([true, 3]);
    one.expire(1_000, 10);
    expect([ids(one), budget.count]).toEqual([[1], 2]);
    one.clear();
    expect(budget.count).toBe(1);
  });
  it('are bounded also by a snapshot that holds more', () => {
    const crc32c = (bytes: Buffer): number => bytes.length;
    const many = createProducerStates();
    for (let id = 0; id < 10; id++) many.apply(header(id), NOTHING);
    const few = createProducerStates(createProducerBudget(4));
    expect(few.load(many.encode(crc32c), crc32c)).toBe(true);
    expect(ids(few)).toEqual([6, 7, 8, 9]);
  });
});
