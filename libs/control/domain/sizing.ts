/** From a workload to a cluster, by published rules. Each figure comes with its formula, what went into it and where the rule is from. Never less for more throughput. */
import { partitionsOfSizingMax, sizingProfileDefaults } from './sizing.limits.js';
import { brokerCapacities, sizingConstants as constants, sizingSources as sources, type SizingSource } from './sizing.sources.js';
import { impossibleSizing, type SizingWorkload } from './sizing-workload.js';

export interface SizingFigure {
  name: string;
  value: number;
  unit: string;
  formula: string;
  inputs: Readonly<Record<string, number>>;
  sources: readonly SizingSource[];
}

export interface SizingNeeds {
  partitionsPerTopic: number;
  partitions: number;
  brokers: number;
  /** Which of the terms decides on the number of brokers. */
  brokersDecidedBy: string;
  heapMib: number;
  memoryMib: number;
  diskGib: number;
  diskTotalGib: number;
  cpuCores: number;
  networkInMibPerS: number;
  networkOutMibPerS: number;
  figures: readonly SizingFigure[];
}

const rounded = (value: number): number => Number(value.toPrecision(6));
/** Up, but not for what floating point adds to a whole number. */
const up = (value: number): number => Math.ceil(Number(value.toPrecision(12)));

function figure(name: string, value: number, unit: string, formula: string, inputs: Record<string, number>, from: readonly SizingSource[]): SizingFigure {
  return { name, value: rounded(value), unit, formula, inputs: Object.fromEntries(Object.entries(inputs).map(([key, each]) => [key, rounded(each)])), sources: from };
}

const growthOf = ({ growthPercent }: SizingWorkload): number => 1 + growthPercent / 100;

function partitions(load: SizingWorkload): SizingFigure[] {
  const t = load.peakMibPerS * growthOf(load) * load.keySkew / load.topics;
  const floor = sizingProfileDefaults[load.profile].partitionsPerTopicMin;
  const perTopic = Math.max(up(t / load.producerMibPerS), up(t * load.compressionRatio / load.consumerMibPerS), load.consumersPerGroup, floor);
  const total = perTopic * load.topics;
  if (total > partitionsOfSizingMax) throw impossibleSizing(`${total} partitions in ${load.topics} topics are more than ${partitionsOfSizingMax}: faster consumers need fewer`, load.given.has('consumerMibPerS') ? 'consumerMibPerS' : 'topics');
  return [
    figure('partitions_per_topic', perTopic, 'partitions', 'max(ceil(t / p), ceil(t × compression_ratio / c), consumers_per_group, default); t = peak × (1 + growth) × key_skew / topics', {
      t_mib_per_s: t, p_mib_per_s: load.producerMibPerS, c_mib_per_s: load.consumerMibPerS, compression_ratio: load.compressionRatio, consumers_per_group: load.consumersPerGroup, default: floor,
    }, [sources.partitionRule, load.given.has('producerMibPerS') ? sources.given : sources.producerPartition, load.given.has('consumerMibPerS') ? sources.given : sources.consumerPartition, sources.parallelism, sources.defaultPartitions]),
    figure('partitions', total, 'partitions', 'partitions_per_topic × topics', { partitions_per_topic: perTopic, topics: load.topics }, [sources.given]),
  ];
}

function diskTotal(load: SizingWorkload, partitionCount: number): SizingFigure {
  const gibPerHour = load.averageMibPerS * growthOf(load) * 3_600 / 1_024;
  const kept = gibPerHour * load.retentionHours;
  const segments = Math.min(partitionCount * constants.segmentGib, gibPerHour * constants.segmentHours);
  return figure('disk_total', (kept + segments) * load.replicationFactor / constants.diskTarget, 'GiB', '(average × (1 + growth) × 3600 / 1024 × retention_hours + unfinished segments) × replication_factor / 0.8', {
    average_mib_per_s: load.averageMibPerS, growth_percent: load.growthPercent, retention_hours: load.retentionHours, unfinished_segments_gib: segments, replication_factor: load.replicationFactor,
  }, [sources.storage, sources.wholeSegments, sources.diskTarget]);
}

/** Of the whole cluster at its peak. */
function cpuTotal(load: SizingWorkload): SizingFigure {
  const mbPerS = load.peakMibPerS * growthOf(load) * constants.mbPerMib;
  const writes = mbPerS * load.replicationFactor;
  const reads = mbPerS * (load.consumerGroups + load.replicationFactor - 1);
  return figure('cpu_total', (writes * constants.produceCpuMsPerMb + reads * constants.consumeCpuMsPerMb) / 1_000 / constants.cpuTarget, 'cores', '(MB/s written, with copies × 9.7 ms + MB/s read, with copies × 1.3 ms) / 1000 / 0.6', {
    written_mb_per_s: writes, read_mb_per_s: reads,
  }, [sources.cpuProduce, sources.cpuConsume, sources.cpuTarget]);
}

interface Totals { partitions: number; diskGib: number; cpuCores: number }

function brokers(load: SizingWorkload, totals: Totals): { figure: SizingFigure; decidedBy: string } {
  const capacity = brokerCapacities[load.brokerVcpus] as (typeof brokerCapacities)[number];
  const written = load.peakMibPerS * growthOf(load);
  const copies = Math.max(1, load.replicationFactor / constants.vendorReplicationFactor);
  const terms: Record<string, number> = {
    least: load.brokersMin,
    network_in: up(written * copies / capacity.inMibPerS),
    network_out: up(written * load.consumerGroups / capacity.outMibPerS),
    partitions: up(totals.partitions * load.replicationFactor / capacity.replicas),
    disk: up(totals.diskGib / load.diskPerBrokerGib),
    cpu: up(totals.cpuCores / load.brokerVcpus),
  };
  const count = Math.max(...Object.values(terms));
  const decidedBy = Object.keys(terms).find((name) => terms[name] === count) as string;
  if (load.brokersMax !== null && count > load.brokersMax) throw impossibleSizing(`the workload needs ${count} brokers (decided by ${decidedBy}); brokers_max is ${load.brokersMax}`, 'brokersMax');
  const inputs = {
    ...Object.fromEntries(Object.entries(terms).map(([name, value]) => [`brokers_by_${name}`, value])), peak_mib_per_s: load.peakMibPerS, growth_percent: load.growthPercent, consumer_groups: load.consumerGroups,
    replication_factor: load.replicationFactor, in_mib_per_s_per_broker: capacity.inMibPerS, out_mib_per_s_per_broker: capacity.outMibPerS, replicas_per_broker: capacity.replicas, disk_gib_per_broker: load.diskPerBrokerGib, vcpus_per_broker: load.brokerVcpus,
  };
  const formula = 'max(least, in / in per broker, out / out per broker, partitions × replication_factor / replicas per broker, disk_total / disk per broker, cpu_total / vCPUs), each rounded up; '
    + 'in = peak × (1 + growth) × max(1, replication_factor / 3), out = peak × (1 + growth) × consumer_groups';
  return { decidedBy, figure: figure('brokers', count, 'brokers', formula, inputs, [sources.brokerThroughput, sources.brokerPartitions, sources.brokersMin]) };
}

/** Heap and memory of each broker. The evenly spread share is rounded up, as one broker has it. */
function memory(load: SizingWorkload, partitionCount: number, brokerCount: number): { heap: SizingFigure; memory: SizingFigure } {
  const replicas = up(partitionCount * load.replicationFactor / brokerCount);
  const base = sizingProfileDefaults[load.profile].heapBaseMib;
  const heapMib = base + replicas * constants.heapPerReplicaMib;
  const cacheMib = load.peakMibPerS * growthOf(load) * load.replicationFactor / brokerCount * constants.pageCacheSeconds;
  return {
    heap: figure('heap_per_broker', heapMib, 'MiB', 'base + replicas per broker × 1 MiB', { base_mib: base, replicas_per_broker: replicas }, [sources.heapBase, sources.heapPartitions]),
    memory: figure('memory_per_broker', up(heapMib + constants.jvmOverheadMib + cacheMib), 'MiB', 'heap_per_broker + 128 MiB + page cache; page cache = peak × (1 + growth) × replication_factor / brokers × 30 s', {
      heap_mib: heapMib, beside_heap_mib: constants.jvmOverheadMib, page_cache_mib: cacheMib,
    }, [sources.jvmOverhead, sources.pageCache]),
  };
}

function network(load: SizingWorkload, brokerCount: number): { in: SizingFigure; out: SizingFigure } {
  const peak = load.peakMibPerS * growthOf(load);
  const followers = load.replicationFactor - 1;
  const inputs = { peak_mib_per_s: load.peakMibPerS, growth_percent: load.growthPercent, replication_factor: load.replicationFactor, brokers: brokerCount };
  return {
    in: figure('network_in_per_broker', peak * (1 + followers) / brokerCount, 'MiB/s', 'peak × (1 + growth) × replication_factor / brokers', inputs, [sources.network]),
    out: figure('network_out_per_broker', peak * (load.consumerGroups + followers) / brokerCount, 'MiB/s', 'peak × (1 + growth) × (consumer_groups + replication_factor − 1) / brokers', { ...inputs, consumer_groups: load.consumerGroups }, [sources.network]),
  };
}

export function sizeCluster(load: SizingWorkload): SizingNeeds {
  const [perTopic, total] = partitions(load) as [SizingFigure, SizingFigure];
  const disk = diskTotal(load, total.value);
  const cpu = cpuTotal(load);
  const { figure: brokerCount, decidedBy } = brokers(load, { partitions: total.value, diskGib: disk.value, cpuCores: cpu.value });
  const count = brokerCount.value;
  const { heap, memory: memoryFigure } = memory(load, total.value, count);
  const traffic = network(load, count);
  const diskEach = figure('disk_per_broker', up(disk.value / count), 'GiB', 'disk_total / brokers, rounded up', { disk_total_gib: disk.value, brokers: count }, [sources.storage]);
  const cpuEach = figure('cpu_per_broker', cpu.value / count, 'cores', 'cpu_total / brokers', { cpu_total_cores: cpu.value, brokers: count }, [sources.cpuTarget]);
  return {
    partitionsPerTopic: perTopic.value, partitions: total.value, brokers: count, brokersDecidedBy: decidedBy, heapMib: heap.value, memoryMib: memoryFigure.value,
    diskGib: diskEach.value, diskTotalGib: disk.value, cpuCores: cpuEach.value, networkInMibPerS: traffic.in.value, networkOutMibPerS: traffic.out.value,
    figures: [perTopic, total, brokerCount, heap, memoryFigure, disk, diskEach, cpu, cpuEach, traffic.in, traffic.out],
  };
}
