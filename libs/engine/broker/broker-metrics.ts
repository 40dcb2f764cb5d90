/** What a broker tells of itself, gathered when asked. Names begin with `sluice_`; the platform adds whose cluster it is. */
import type { Env } from '#libs/kernel';
import type { Controller } from '../controller/index.js';
import type { GroupCoordinator } from '../coordinator/index.js';
import { family, METRICS_LIMITS, type MetricFamily, type MetricSource } from '../metrics/index.js';
import type { ReplicaManager } from '../replication/index.js';
import type { KafkaServer } from '../server/index.js';

/** Of the process, from its start on unless it says otherwise; given by the application. */
export interface ProcessFigures {
  residentBytes: number;
  heapUsedBytes: number;
  cpuSeconds: number;
  /** Share of time that the event loop was busy since it was last asked. */
  eventLoopUtilization: number;
  /** Of the time since it was last asked; null when that was too long ago to have been watched. */
  eventLoopDelay: { meanSeconds: number; p99Seconds: number; maxSeconds: number } | null;
  /** While it was watched. */
  gcSeconds: number;
}

export interface BrokerMetricsDeps {
  env: Pick<Env, 'clock' | 'disk'>;
  logDir: string;
  startedMs: number;
  controller: Pick<Controller, 'image'>;
  replicas: ReplicaManager;
  groups: Pick<GroupCoordinator, 'committedOffsets'>;
  server: Pick<KafkaServer, 'figures'>;
  processFigures: (() => ProcessFigures) | undefined;
}

interface TopicTotals { bytesIn: number; recordsIn: number; bytesOut: number; recordsOut: number; logBytes: number; partitions: number }

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function topicFamilies(replicas: ReplicaManager): MetricFamily[] {
  const topics = new Map<string, TopicTotals>();
  for (const { topic, traffic, log } of replicas.partitions()) {
    let totals = topics.get(topic);
    if (totals === undefined) topics.set(topic, totals = { bytesIn: 0, recordsIn: 0, bytesOut: 0, recordsOut: 0, logBytes: 0, partitions: 0 });
    totals.bytesIn += traffic.bytesIn;
    totals.recordsIn += traffic.recordsIn;
    totals.bytesOut += traffic.bytesOut;
    totals.recordsOut += traffic.recordsOut;
    totals.logBytes += log.sizeBytes;
    totals.partitions += 1;
  }
  const all = [...topics].sort(([a], [b]) => compare(a, b));
  const shown = all.slice(0, METRICS_LIMITS.topicsMax);
  const each = (kind: 'counter' | 'gauge', name: string, help: string, value: (totals: TopicTotals) => number): MetricFamily =>
    family(kind, name, help, shown.map(([topic, totals]) => [{ topic }, value(totals)]));
  return [
    each('counter', 'sluice_topic_bytes_in_total', 'Bytes of batches appended, as producers sent them.', ({ bytesIn }) => bytesIn),
    each('counter', 'sluice_topic_records_in_total', 'Records appended.', ({ recordsIn }) => recordsIn),
    each('counter', 'sluice_topic_bytes_out_total', 'Bytes of batches handed to consumers; a fetch that waits for more reads again.', ({ bytesOut }) => bytesOut),
    each('counter', 'sluice_topic_records_out_total', 'Offsets handed to consumers, those that are gone from a compacted log included.', ({ recordsOut }) => recordsOut),
    each('gauge', 'sluice_topic_log_bytes', 'Bytes that the logs of the topic have on disk, indexes apart.', ({ logBytes }) => logBytes),
    each('gauge', 'sluice_topic_partitions', 'Partitions of the topic.', ({ partitions }) => partitions),
    family('gauge', 'sluice_log_bytes', 'Bytes of all logs, indexes apart.', all.reduce((sum, [, { logBytes }]) => sum + logBytes, 0)),
    family('gauge', 'sluice_topics_without_series', 'Topics beyond the limit of those that have series of their own.', all.length - shown.length),
  ];
}

/** How far each group is behind in each topic that it has committed offsets of. */
function lagFamilies({ groups, replicas }: BrokerMetricsDeps): MetricFamily[] {
  const lags = new Map<string, Map<string, number>>();
  for (const { group, topic, partition, offset } of groups.committedOffsets()) {
    const leader = replicas.leader(topic, partition);
    if (typeof leader === 'number') continue;
    const { highWatermark, logStartOffset } = leader.offsets();
    let topics = lags.get(group);
    if (topics === undefined) lags.set(group, topics = new Map());
    // What retention took can't be read any more: it is no lag.
    topics.set(topic, (topics.get(topic) ?? 0) + Math.max(0, highWatermark - Math.max(offset, logStartOffset)));
  }
  const pairs = [...lags].sort(([a], [b]) => compare(a, b)).flatMap(([group, topics]) => [...topics].sort(([a], [b]) => compare(a, b)).map(([topic, lag]) => ({ group, topic, lag })));
  const shown = pairs.slice(0, METRICS_LIMITS.groupTopicsMax);
  return [
    family('gauge', 'sluice_group_lag_records', 'Records between what a group has committed and the high watermark, all partitions of a topic together.', shown.map(({ group, topic, lag }) => [{ group, topic }, lag])),
    family('gauge', 'sluice_groups_with_offsets', 'Groups that have committed offsets.', lags.size),
    family('gauge', 'sluice_group_topics_without_series', 'Pairs of group and topic beyond the limit of those that have series of their own.', pairs.length - shown.length),
  ];
}

function serverFamilies(server: BrokerMetricsDeps['server']): MetricFamily[] {
  const { connections, accepted, refused, logins, failedLogins, requestBytes, answerBytes } = server.figures();
  return [
    family('gauge', 'sluice_connections', 'Open connections.', [...connections].map(([listener, count]) => [{ listener }, count])),
    family('counter', 'sluice_connections_total', 'Connections that came in.', [[{ result: 'accepted' }, accepted], [{ result: 'refused' }, refused]]),
    family('counter', 'sluice_logins_total', 'Logins with a key or as a user.', [[{ result: 'accepted' }, logins], [{ result: 'failed' }, failedLogins]]),
    family('gauge', 'sluice_request_memory_bytes', 'Memory of requests that are being received or served.', requestBytes),
    family('gauge', 'sluice_answer_memory_bytes', 'Memory of answers that clients have not taken yet.', answerBytes),
  ];
}

function diskFamilies({ env, logDir }: BrokerMetricsDeps): MetricFamily[] {
  try {
    const { totalBytes, usableBytes } = env.disk.space(logDir);
    return [
      family('gauge', 'sluice_disk_total_bytes', 'Size of the file system that holds the logs.', totalBytes),
      family('gauge', 'sluice_disk_usable_bytes', 'What may still be written to it.', usableBytes),
    ];
  } catch {
    return [];
  }
}

function processFamilies({ residentBytes, heapUsedBytes, cpuSeconds, eventLoopUtilization, eventLoopDelay, gcSeconds }: ProcessFigures): MetricFamily[] {
  const delay = eventLoopDelay === null ? [] : [
    family('gauge', 'sluice_event_loop_delay_seconds', 'How late the event loop was since it was last asked.',
      [[{ of: 'mean' }, eventLoopDelay.meanSeconds], [{ of: 'p99' }, eventLoopDelay.p99Seconds], [{ of: 'max' }, eventLoopDelay.maxSeconds]]),
  ];
  return [
    family('gauge', 'sluice_process_resident_bytes', 'Memory of the process.', residentBytes),
    family('gauge', 'sluice_process_heap_used_bytes', 'Of it JavaScript objects.', heapUsedBytes),
    family('counter', 'sluice_process_cpu_seconds_total', 'Processor time of the process.', cpuSeconds),
    family('gauge', 'sluice_event_loop_utilization', 'Share of time that the event loop was busy since it was last asked.', eventLoopUtilization),
    family('counter', 'sluice_gc_seconds_total', 'Time in garbage collection while somebody asks for metrics.', gcSeconds),
    ...delay,
  ];
}

export function createBrokerMetricSource(deps: BrokerMetricsDeps): MetricSource {
  return () => [
    ...topicFamilies(deps.replicas), ...lagFamilies(deps), ...serverFamilies(deps.server), ...diskFamilies(deps),
    ...(deps.processFigures === undefined ? [] : processFamilies(deps.processFigures())),
    family('gauge', 'sluice_topics', 'Topics of the cluster, internal ones included.', deps.controller.image.topics.size),
    family('gauge', 'sluice_broker_uptime_seconds', 'Since the broker began to serve.', (deps.env.clock.monotonic() - deps.startedMs) / 1000),
  ];
}
