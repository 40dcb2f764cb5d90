/** Where each rule and figure of a sizing comes from, and how far it is to be believed. */
export const sizingConfidences = ['arithmetic', 'measured', 'vendor', 'assumption'] as const;
/**
 * `arithmetic`: follows from what Kafka does. `measured`: by this project, on the machine that the source names. `vendor`: a vendor's published guidance for its
 * own service. `assumption`: a rule of thumb, to be replaced by a figure of yours.
 */
export type SizingConfidence = (typeof sizingConfidences)[number];

export interface SizingSource { title: string; confidence: SizingConfidence }

const source = (confidence: SizingConfidence, title: string): SizingSource => ({ title, confidence });

export const sizingSources = {
  partitionRule: source('vendor', 'Rule published by Kafka\'s vendors: partitions = max(t/p, t/c), rounded up for skew and growth'),
  producerPartition: source('measured', 'on an idle machine of 2 cores one partition of Kafka 4.3.1 took 17 to 41 MiB/s of 100 B records; 10 leaves room for slower disks and TLS'),
  consumerPartition: source('assumption', '10 MiB/s for a consumer that does some work with each record; measure yours'),
  given: source('arithmetic', 'as the request says'),
  parallelism: source('arithmetic', 'a group uses at most as many consumers as there are partitions'),
  defaultPartitions: source('arithmetic', 'what the platform gives a topic that says nothing (num.partitions)'),
  storage: source('arithmetic', 'bytes written × time kept × copies'),
  wholeSegments: source('arithmetic', 'retention deletes whole segments: up to one more of segment.bytes (1 GiB), or of what segment.ms (7 days) brings, stays per partition'),
  diskTarget: source('vendor', 'Amazon MSK\'s guidance: keep disks below 85 % full; the rule divides by 0.8'),
  brokerThroughput: source('vendor', 'Amazon MSK Express, sustained MB/s per broker by size; another storage than a local disk, so test before you rely on it'),
  brokerPartitions: source('vendor', 'Amazon MSK Standard, recommended partition replicas per broker by size'),
  cpuTarget: source('vendor', 'Amazon MSK\'s guidance: processors at most 60 % busy, so that the others carry a broker that is away'),
  cpuProduce: source('measured', 'bench on 2 shared cores: Kafka 4.3.1, 1 KiB records, TLS, at most 9.7 ms of processor time per MB produced (docs/adr/0007); a follower\'s copy is taken to cost as much'),
  cpuConsume: source('measured', 'bench on 2 shared cores: Kafka 4.3.1, 1 KiB records, TLS, 1.3 ms of processor time per MB read (docs/adr/0006)'),
  brokersMin: source('vendor', 'three brokers are the least that replication factor 3 and a majority of controllers can do with'),
  heapBase: source('assumption', '512 MiB for development (the platform\'s default), 1 GiB for production, before partitions'),
  heapPartitions: source('vendor', 'room for a fetch of replica.fetch.max.bytes (1 MiB, Kafka\'s default) of each replica'),
  jvmOverhead: source('measured', 'an idle Kafka 4.3.1 with 256 MiB of heap had 320 to 340 MiB resident: 128 MiB beside the heap'),
  pageCache: source('vendor', 'Kafka\'s own documentation, hardware and OS: 30 seconds of writes in the page cache, so that readers at the tail need no disk'),
  network: source('arithmetic', 'each byte produced is copied to replication factor − 1 followers and read once by each consumer group'),
} as const satisfies Record<string, SizingSource>;

/** Per broker, by vCPUs. MB as the vendor has them are taken for MiB: 5 % on the careless side, of a figure that isn't that exact. */
export const brokerCapacities: Readonly<Record<number, { inMibPerS: number; outMibPerS: number; replicas: number }>> = {
  2: { inMibPerS: 15.6, outMibPerS: 31.2, replicas: 1_000 },
  4: { inMibPerS: 31.2, outMibPerS: 62.5, replicas: 1_000 },
  8: { inMibPerS: 62.5, outMibPerS: 125, replicas: 2_000 },
  16: { inMibPerS: 125, outMibPerS: 250, replicas: 4_000 },
  32: { inMibPerS: 250, outMibPerS: 500, replicas: 4_000 },
  48: { inMibPerS: 375, outMibPerS: 750, replicas: 4_000 },
  64: { inMibPerS: 500, outMibPerS: 1_000, replicas: 4_000 },
};

export const sizingConstants = {
  diskTarget: 0.8,
  cpuTarget: 0.6,
  produceCpuMsPerMb: 9.7,
  consumeCpuMsPerMb: 1.3,
  mbPerMib: 1.048576,
  segmentGib: 1,
  segmentHours: 168,
  heapPerReplicaMib: 1,
  jvmOverheadMib: 128,
  pageCacheSeconds: 30,
  /** The vendor's throughput holds with this many copies. */
  vendorReplicationFactor: 3,
} as const;
