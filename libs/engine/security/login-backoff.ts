/** How long an address waits for the answer to its failed login: Kafka's 100 ms, doubling once it goes on failing, forgotten after a quiet minute. */
import type { Clock } from '#libs/kernel';
import { SECURITY_LIMITS } from './security.limits.js';

export interface LoginBackoff {
  /** Counts a failure and says how long to hold back the answer. */
  failed(address: string): number;
  succeeded(address: string): void;
}

export function createLoginBackoff(clock: Clock): LoginBackoff {
  const { failedLoginDelayMs, failedLoginDelayMaxMs, failedLoginFree, failedLoginForgetMs, failedLoginAddressesMax } = SECURITY_LIMITS;
  const failures = new Map<string, { count: number; lastMs: number }>();
  return {
    failed(address) {
      const now = clock.monotonic();
      const before = failures.get(address);
      const count = before !== undefined && now - before.lastMs < failedLoginForgetMs ? before.count + 1 : 1;
      // Insertion order is age order: what is dropped first failed longest ago.
      failures.delete(address);
      failures.set(address, { count, lastMs: now });
      if (failures.size > failedLoginAddressesMax) failures.delete(failures.keys().next().value as string);
      return Math.min(failedLoginDelayMaxMs, failedLoginDelayMs * 2 ** Math.max(0, Math.min(count - failedLoginFree, 30)));
    },
    succeeded(address) { failures.delete(address); },
  };
}
