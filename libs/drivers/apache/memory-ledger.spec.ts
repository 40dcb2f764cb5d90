import { MEMORY_PLACE_MS } from './apache.limits.js';
import { brokerNeed, createMemoryLedger, zookeeperNeed, type MemoryLedger, type MemoryNeed, type MemoryUse } from './memory-ledger.js';

const MIB = 1024 * 1024;
const NODE = brokerNeed('', 512).bytes;
let machine: { used: MemoryUse[]; availableBytes: number; nowMs: number };
let ledger: MemoryLedger;
beforeEach(() => {
  machine = { used: [], availableBytes: 3 * NODE, nowMs: 0 };
  ledger = createMemoryLedger({ used: () => machine.used, availableBytes: () => machine.availableBytes, nowMs: () => machine.nowMs });
});

const nodes = (clusterId: string, count: number, heapMb = 512): MemoryNeed[] => Array.from({ length: count }, (_, index) => brokerNeed(`${clusterId}/${index + 1}`, heapMb));
const take = (clusterId: string, count: number, heapMb?: number): (() => void) => ledger.take(nodes(clusterId, count, heapMb));
/** They have started, and use nothing yet of what they may. */
const run = (clusterId: string, count: number, heapMb?: number): void => { machine.used.push(...nodes(clusterId, count, heapMb).map((need) => ({ ...need, residentBytes: 0 }))); };

test('what fits to the byte is taken, a byte less is refused with what is needed and what there is', () => {
  machine.availableBytes -= 1;
  expect(() => take('a', 3)).toThrow('not enough memory: needs 2112 MiB (3 × (heap 512 + 192) MiB), free 2111 MiB:');
  machine.availableBytes += 1;
  take('a', 3);
});

test('of two clusters at one moment one has the memory, also before and while it comes up', () => {
  take('a', 2);
  expect(() => take('b', 2)).toThrow(/free 704 MiB beside what other nodes may still take/);
  run('a', 2);
  expect(() => take('b', 2)).toThrow('free 704 MiB');
  take('b', 1);
  // What they take by and by is theirs: it makes nothing less free.
  machine.used.forEach((use) => { use.residentBytes = NODE / 2; });
  machine.availableBytes -= NODE;
  run('b', 1);
  expect(() => take('c', 1)).toThrow('free 0 MiB');
});

test('of a machine that has promised more than it has nothing is free, and nobody is refused who wants nothing', () => {
  run('a', 3);
  machine.availableBytes = NODE;
  expect(() => take('b', 1)).toThrow('free 0 MiB');
  take('a', 3);
});

test('a place is given back by who fails, and is gone with the node', () => {
  const giveBack = take('a', 3);
  giveBack();
  take('b', 3);
  ledger.release((name) => name === 'b/2');
  take('c', 1);
  expect(() => take('b', 3)).toThrow('MiB');
});

test('asking again is no second place, and a failure then costs no place that was there before', () => {
  take('a', 3);
  const giveBack = take('a', 3);
  giveBack();
  expect(() => take('b', 1)).toThrow('free 0 MiB');
});

test('nobody keeps a place for ever that nobody comes for', () => {
  take('a', 3);
  machine.nowMs = MEMORY_PLACE_MS - 1;
  expect(() => take('b', 1)).toThrow('MiB');
  machine.nowMs += 1;
  take('b', 3);
  ledger.release(() => true);
  ledger.keep(brokerNeed('a/1', 512), 1_000);
  machine.nowMs += 999;
  expect(() => take('b', 3)).toThrow('MiB');
  machine.nowMs += 1;
  take('b', 3);
});

test('a node that ended unasked comes back to its place', () => {
  take('a', 3);
  run('a', 3);
  machine.nowMs = 10 * MEMORY_PLACE_MS;
  machine.used = [];
  ledger.keep(brokerNeed('a/1', 512));
  expect(() => take('b', 3)).toThrow('free 1408 MiB');
  take('a', 3);
});

test('of more than there is room for, those that come first begin, none waits for one behind it', () => {
  for (const need of [...nodes('a', 2), ...nodes('b', 2)]) ledger.keep(need);
  expect(() => take('b', 2)).toThrow('free 704 MiB');
  take('a', 2);
  expect(() => take('c', 1)).toThrow('free 0 MiB');
});

test('a larger heap of running nodes takes the difference', () => {
  run('a', 2);
  machine.availableBytes = 2 * NODE + 2 * 256 * MIB;
  expect(() => take('a', 2, 769)).toThrow('not enough memory: needs 514 MiB (2 × (heap 769 + 192) MiB, less what those that run have), free 512 MiB');
  take('a', 2, 768);
  expect(() => take('b', 1, 256)).toThrow('free 0 MiB');
});

test('servers of ZooKeeper that clusters share count once', () => {
  machine.availableBytes = 2 * NODE + 256 * MIB;
  const giveBack = ledger.take([...nodes('a', 1), zookeeperNeed('zookeeper/1')]);
  const giveBackToo = ledger.take([...nodes('b', 1), zookeeperNeed('zookeeper/1')]);
  expect(() => take('c', 1, 256)).toThrow('free 0 MiB');
  giveBack();
  // b still counts on it.
  expect(() => take('c', 2)).toThrow('free 704 MiB');
  expect(() => ledger.take([...nodes('c', 2), zookeeperNeed('zookeeper/1')])).toThrow('needs 1664 MiB (2 × (heap 512 + 192) + 1 × (ZooKeeper 192 + 64) MiB)');
  giveBackToo();
  expect(() => take('c', 3)).toThrow('free 1664 MiB:');
});
