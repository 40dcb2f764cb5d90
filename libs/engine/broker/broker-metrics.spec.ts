import { createTestEnv } from '#libs/kernel/testing';
import type { MetricFamily } from '../metrics/index.js';
import { METRICS_LIMITS } from '../metrics/index.js';
import type { LeaderPartition } from '../replication/index.js';
import { createBrokerMetricSource, type BrokerMetricsDeps } from './broker-metrics.js';

const partition = (topic: string, index: number, over: { highWatermark?: number; logStartOffset?: number } = {}): LeaderPartition => ({
  topic, partition: index, log: { sizeBytes: 100 }, traffic: { bytesIn: 10, recordsIn: 2, bytesOut: 5, recordsOut: 1 }, offsets: () => ({ highWatermark: 50, logStartOffset: 0, ...over }),
}) as unknown as LeaderPartition;

function source(partitions: readonly LeaderPartition[], over: Partial<BrokerMetricsDeps> = {}) {
  const env = createTestEnv();
  const gather = createBrokerMetricSource({
    env, logDir: '/data', startedMs: env.clock.monotonic(), controller: { image: { topics: new Map() } } as unknown as BrokerMetricsDeps['controller'],
    replicas: { partitions: () => partitions, leader: (topic: string, index: number) => partitions.find((each) => each.topic === topic && each.partition === index) ?? 3 } as unknown as BrokerMetricsDeps['replicas'],
    groups: { committedOffsets: () => [] }, processFigures: undefined,
    server: { figures: () => ({ connections: new Map([['EXTERNAL', 3]]), accepted: 9, refused: 1, logins: 4, failedLogins: 2, requestBytes: 7, answerBytes: 8 }) }, ...over,
  });
  const values = (name: string): [string, number][] => gather().filter((family: MetricFamily) => family.name === name).flatMap(({ samples }) => samples.map(({ labels, value }): [string, number] => [labels.map((label) => label.value).join(), value]));
  return { env, gather, values };
}

it('sums up partitions by topic', () => {
  const { values } = source([partition('b', 0), partition('a', 0), partition('a', 1)]);
  expect([values('sluice_topic_bytes_in_total'), values('sluice_topic_partitions'), values('sluice_log_bytes')]).toEqual([[['a', 20], ['b', 10]], [['a', 2], ['b', 1]], [['', 300]]]);
});

it('counts as lag what a group can still read', () => {
  const { values } = source([partition('a', 0), partition('a', 1, { logStartOffset: 45 }), partition('a', 2)], {
    groups: { committedOffsets: () => [[0, 40], [1, 10], [2, 99], [7, 0]].map(([index, offset]) => ({ group: 'g', topic: 'a', partition: index!, offset: offset! })) },
  });
  expect(values('sluice_group_lag_records')).toEqual([['g,a', 15]]);
});

it('gives so many topics and groups series of their own, and counts the rest', () => {
  const names = Array.from({ length: METRICS_LIMITS.topicsMax + 1 }, (_, index) => `t${String(index).padStart(5, '0')}`);
  const { values } = source(names.map((name) => partition(name, 0)), { groups: { committedOffsets: () => names.map((group) => ({ group, topic: names[0]!, partition: 0, offset: 0 })) } });
  expect([values('sluice_topic_log_bytes').length, values('sluice_topics_without_series')]).toEqual([METRICS_LIMITS.topicsMax, [['', 1]]]);
  expect([values('sluice_group_lag_records').length, values('sluice_group_topics_without_series')]).toEqual([METRICS_LIMITS.groupTopicsMax, [['', 1]]]);
  const few = source(names.slice(1).map((name) => partition(name, 0)));
  expect(few.values('sluice_topics_without_series')).toEqual([['', 0]]);
});

it('tells connections, logins, memory and disk, the process where it is known', () => {
  const { env, values, gather } = source([]);
  env.disk.setSpace({ totalBytes: 10, usableBytes: 4 });
  expect([values('sluice_connections'), values('sluice_connections_total'), values('sluice_logins_total')]).toEqual([[['EXTERNAL', 3]], [['accepted', 9], ['refused', 1]], [['accepted', 4], ['failed', 2]]]);
  expect([values('sluice_disk_usable_bytes'), values('sluice_request_memory_bytes')]).toEqual([[['', 4]], [['', 7]]]);
  env.disk.space = () => { throw new Error('EIO'); };
  expect(values('sluice_disk_usable_bytes')).toEqual([]);
  expect(gather().some(({ name }) => name.startsWith('sluice_process'))).toBe(false);
  const known = source([], { processFigures: () => ({ residentBytes: 1, heapUsedBytes: 2, cpuSeconds: 3, eventLoopUtilization: 0.5, gcSeconds: 0, eventLoopDelay: { meanSeconds: 1, p99Seconds: 2, maxSeconds: 3 } }) });
  expect(known.values('sluice_event_loop_delay_seconds')).toEqual([['mean', 1], ['p99', 2], ['max', 3]]);
});
