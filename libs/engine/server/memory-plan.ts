/**
 * What a broker's memory is divided into. A quarter may hold requests that are being received or handled, an eighth answers that clients
 * don't take, an eighth what members of groups tell of themselves, an eighth committed offsets, an eighth what is remembered of
 * producers, an eighth the keys of one pass of the cleaner; the rest is the program, its other state, and what the runtime hasn't collected yet.
 */
import { SERVER_LIMITS } from './server.limits.js';

export interface MemoryPlan {
  /** `queued.max.request.bytes`. */
  requestBytesMax: number;
  answerBytesMax: number;
  /** `sluice.group.metadata.bytes.max`. */
  groupMetadataBytesMax: number;
  /** `sluice.offsets.bytes.max`. */
  offsetBytesMax: number;
  /** Producers that all partitions remember together. */
  producersMax: number;
  /** Whatever `log.cleaner.dedupe.buffer.size` says, whose default in Kafka is half of what a broker here is planned with. */
  cleanerBytesMax: number;
}

/** `requestBytes`, `groupMetadataBytes` and `offsetBytes`: the settings, −1 for none. */
export function planMemory(memoryBytes: number, requestBytes: number, groupMetadataBytes: number, offsetBytes: number): MemoryPlan {
  const share = (part: number, least: number): number => Math.max(least, Math.floor(memoryBytes / part));
  return {
    requestBytesMax: requestBytes > 0 ? requestBytes : share(4, SERVER_LIMITS.pooledBytesMin),
    answerBytesMax: share(8, SERVER_LIMITS.queuedAnswerBytesMin),
    groupMetadataBytesMax: groupMetadataBytes > 0 ? groupMetadataBytes : share(8, SERVER_LIMITS.groupMetadataBytesMin),
    offsetBytesMax: offsetBytes > 0 ? offsetBytes : share(8, SERVER_LIMITS.offsetBytesMin),
    cleanerBytesMax: Math.floor(memoryBytes / 8),
    producersMax: Math.floor(memoryBytes / 8 / SERVER_LIMITS.rememberedProducerBytes),
  };
}
