import { groupPartition } from './group-partition.js';

describe('partition of a group', () => {
  // Utils.abs("…".hashCode()) % 50 of Apache Kafka 4.3.1; "orders" has a negative hash, "polygenelubricants" the smallest.
  it.each([['orders', 31], ['polygenelubricants', 0], ['', 0], ['g', 3]])('%s: %i', (groupId, partition) => {
    expect(groupPartition(groupId, 50)).toBe(partition);
  });
});
