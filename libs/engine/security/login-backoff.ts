/**
 * How long the answer to a failed login is held back: connection.failed.authentication.delay.ms, and 100 ms that double once an address, or an account from whatever addresses, goes on failing;
 * forgotten after a quiet minute. Only failures wait, so nobody is locked out by who guesses.
 */
import type { Clock } from '#libs/kernel';
import { SECURITY_LIMITS } from './security.limits.js';

export interface LoginBackoff {
  /** Counts a failure and says how long to hold back the answer. `account`: whom the client said it was, known or not; null if it said nothing. */
  failed(address: string, account?: string | null): number;
  succeeded(address: string): void;
}

interface Failures { count: number; lastMs: number }

/** Answers how often this one has failed by now. */
function countFailure(failures: Map<string, Failures>, who: string, nowMs: number): number {
  const { failedLoginForgetMs, failedLoginAddressesMax } = SECURITY_LIMITS;
  const before = failures.get(who);
  const count = before !== undefined && nowMs - before.lastMs < failedLoginForgetMs ? before.count + 1 : 1;
  // Insertion order is age order: what is dropped first failed longest ago.
  failures.delete(who);
  failures.set(who, { count, lastMs: nowMs });
  if (failures.size > failedLoginAddressesMax) failures.delete(failures.keys().next().value as string);
  return count;
}

export function createLoginBackoff(clock: Clock, baseMs: number = SECURITY_LIMITS.failedLoginDelayMs): LoginBackoff {
  const { failedLoginDelayMaxMs, failedLoginFree, failedLoginAccountFree, failedLoginAccountDelayMaxMs, saslFieldCharsMax } = SECURITY_LIMITS;
  const addresses = new Map<string, Failures>();
  const accounts = new Map<string, Failures>();
  // A base of 0 answers at once, but whoever goes on failing waits all the same.
  const delayMs = (count: number, free: number, maxMs: number): number =>
    (count <= free ? baseMs : Math.max(baseMs, Math.min(maxMs, SECURITY_LIMITS.failedLoginDelayMs * 2 ** Math.min(count - free, 30))));
  return {
    failed(address, account = null) {
      const nowMs = clock.monotonic();
      const ofAddress = delayMs(countFailure(addresses, address, nowMs), failedLoginFree, failedLoginDelayMaxMs);
      if (account === null) return ofAddress;
      return Math.max(ofAddress, delayMs(countFailure(accounts, account.slice(0, saslFieldCharsMax), nowMs), failedLoginAccountFree, failedLoginAccountDelayMaxMs));
    },
    succeeded(address) { addresses.delete(address); },
  };
}
