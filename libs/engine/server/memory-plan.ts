/**
 * What a broker's memory is divided into. A quarter may hold requests that are being received or handled, an eighth answers that clients
 * don't take; the rest is the program, its state, and what the runtime hasn't collected yet.
 */
import { SERVER_LIMITS } from './server.limits.js';

export interface MemoryPlan {
  /** `queued.max.request.bytes`. */
  requestBytesMax: number;
  answerBytesMax: number;
}

/** `requestBytes`: the setting, −1 for none. */
export function planMemory(memoryBytes: number, requestBytes: number): MemoryPlan {
  const share = (part: number, least: number): number => Math.max(least, Math.floor(memoryBytes / part));
  return {
    requestBytesMax: requestBytes > 0 ? requestBytes : share(4, SERVER_LIMITS.pooledBytesMin),
    answerBytesMax: share(8, SERVER_LIMITS.queuedAnswerBytesMin),
  };
}
