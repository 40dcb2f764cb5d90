/** Values within which a tenant may move what costs the machine memory or threads; Kafka's own definitions know no upper end for most. */
const [KIB, MIB] = [1024, 1024 * 1024];

export const CONFIG_VALUE_LENGTH_MAX = 1_000;

export const CONFIG_BOUNDS: Readonly<Record<string, readonly [min: number, max: number]>> = {
  'default.replication.factor': [1, 3],
  'min.insync.replicas': [1, 3],
  'num.partitions': [1, 1_000],
  'num.io.threads': [1, 64],
  'num.network.threads': [1, 64],
  'num.replica.fetchers': [1, 16],
  'num.recovery.threads.per.data.dir': [1, 16],
  'log.cleaner.threads': [1, 8],
  'queued.max.requests': [16, 10_000],
  'max.incremental.fetch.session.cache.slots': [0, 10_000],
  'message.max.bytes': [0, 64 * MIB],
  'replica.fetch.max.bytes': [0, 64 * MIB],
  'replica.fetch.response.max.bytes': [0, 100 * MIB],
  'fetch.max.bytes': [1 * KIB, 256 * MIB],
  'socket.request.max.bytes': [1 * MIB, 100 * MIB],
  'socket.receive.buffer.bytes': [-1, 8 * MIB],
  'socket.send.buffer.bytes': [-1, 8 * MIB],
  'replica.socket.receive.buffer.bytes': [-1, 8 * MIB],
  // Each segment costs two maps into memory and two open files.
  'log.segment.bytes': [1 * MIB, 2 ** 31 - 1],
  'log.roll.ms': [60_000, Number.MAX_SAFE_INTEGER],
  'log.roll.hours': [1, 2 ** 31 - 1],
  'log.flush.interval.ms': [1, Number.MAX_SAFE_INTEGER],
  'offsets.retention.minutes': [1, 2 ** 31 - 1],
  'connections.max.idle.ms': [10_000, Number.MAX_SAFE_INTEGER],
  'group.max.size': [1, 100_000],
};

/** A JVM with less doesn't bring a broker of three dozen partitions up. */
export const HEAP_MB_MIN = 256;
export const HEAP_MB_DEFAULT = 512;
/** Without the operator's word a broker's heap stays below half of the machine's memory, and below what compressed pointers reach. */
export const HEAP_SHARE_OF_MEMORY_MAX = 0.5;
export const HEAP_MB_MAX = 31 * 1024;
