import { Attribute, type BatchHeader } from '#libs/kafka/protocol';
import { PRODUCERS_PER_PARTITION } from './log.limits.js';
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
