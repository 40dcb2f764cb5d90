/** Limits of authentication and authorisation; each is named in the error of whoever meets it. */
export const SECURITY_LIMITS = {
  principalsFileBytesMax: 64 * 1024 * 1024,
  principalKeysMax: 100_000,
  principalGrantsMax: 100_000,
  /** RFC 5802 leaves it open; Kafka takes 4096 … 16384 for stored credentials. */
  scramIterationsMin: 4096,
  scramIterationsMax: 16_384,
  saslMessageBytesMax: 16 * 1024,
  saslFieldCharsMax: 1024,
  /** What a failed login waits for its answer, and how that grows with an address's repeated failures. */
  failedLoginDelayMs: 100,
  failedLoginDelayMaxMs: 5_000,
  /** Failures of an address that cost the base delay only. */
  failedLoginFree: 10,
  /** The same of an account, from whatever addresses: its owner may be one of those who fail. */
  failedLoginAccountFree: 50,
  failedLoginAccountDelayMaxMs: 1_000,
  failedLoginForgetMs: 60_000,
  /** Names refused in one request that come with a proposal. */
  namingProposalsPerRequest: 5,
  failedLoginAddressesMax: 10_000,
} as const;
