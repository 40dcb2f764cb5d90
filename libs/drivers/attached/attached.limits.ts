export const attachedLimits = {
  /** Of a whole test when a cluster is attached. */
  probeMs: 10_000,
  /** Of one connection with its handshake; of one answer. */
  connectMs: 3_500,
  requestMs: 4_000,
  /** Brokers that one cluster may list. */
  brokersMax: 300,
  /** Connections that a test opens at once. */
  concurrency: 25,
  /** Between two looks at a cluster that nobody asks about. */
  pollMs: 5_000,
  /** A look that is no older answers for the present. */
  freshMs: 1_000,
  /** Before a cluster that didn't answer is asked once more: one lost packet is no failure. */
  retryMs: 500,
  /** For a user that was made to be known where it logs in. */
  userWaitMs: 2_000,
  /** For one that was taken out to be known as gone: within what the deletion of a key waits for. */
  userGoneMs: 1_000,
  /** Of what a cluster calls itself, its racks, mechanisms and features. */
  nameLengthMax: 255,
  /** Mechanisms, features that are kept. */
  namesMax: 100,
  /** Of what a broker says of a refusal. */
  reasonLengthMax: 200,
} as const;
