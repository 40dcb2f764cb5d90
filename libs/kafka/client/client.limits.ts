/** Bounds of the client: nothing waits or grows without one. */
export const clientLimits = {
  connectTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  /** From a call's beginning: what moved or broke meanwhile is looked up and tried again until then. The last try has a request's time. */
  callTimeoutMs: 30_000,
  /** For what changes nothing: after this the next address is asked as well, if there is one. Nobody's connection is given up for it. */
  patienceMs: 4_000,
  /** For a broker's answer where all are asked: who is later counts as silent. */
  surveyMs: 5_000,
  /** Between tries, doubled each time up to the second. */
  retryBackoffMs: 20,
  retryBackoffMsMax: 1_000,
  /** For a partition to have a leader, before offsets are told without it. */
  leaderlessWaitMs: 1_000,
  /** For a creation, growth or deletion that the cluster has acknowledged to be seen by the broker that is asked for it. */
  visibleWaitMs: 5_000,
  /** The same of configs, whose values a cluster may tell in other words than they were set. */
  configVisibleWaitMs: 1_000,
  /** Requests that wait for an answer on one connection. */
  inFlightMax: 100,
  responseBytesMax: 100 * 1024 * 1024,
  /** Of an answer of somebody else's cluster, which takes some ten times the memory once it is read: metadata of 300,000 partitions. */
  remoteResponseBytesMax: 16 * 1024 * 1024,
  /** Of an answer before the login: whoever it is, is nobody's cluster yet. */
  greetingBytesMax: 64 * 1024,
  /** Brokers of one cluster that a client keeps connections to. */
  connectionsMax: 1_000,
  /** Open clients that a pool keeps, those that are in use aside. */
  pooledClientsMax: 1_024,
  pooledIdleMs: 60_000,
  /** Of a SCRAM login: fewer make stolen verifiers cheap, more are work that a server could burden us with. */
  scramIterationsMin: 4_096,
  scramIterationsMax: 131_072,
  /** Of the session that a login gives: after this part a new connection takes over, after the other one the old one is closed. */
  sessionRetiredPart: 0.8,
  sessionClosedPart: 0.95,
  /** A broker may allow years, a timer does not. */
  sessionMsMax: 24 * 60 * 60 * 1000,
  /** Topics whose configs are asked for at once. */
  configTopicsMax: 500,
} as const;
