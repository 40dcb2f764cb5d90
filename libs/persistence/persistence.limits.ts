export const persistenceLimits = {
  poolSizeMax: 20,
  connectTimeoutMs: 10_000,
  idleTimeoutMs: 30_000,
  statementTimeoutMs: 10_000,
  queryTimeoutMs: 12_000,
  transactionTimeoutMs: 15_000,
  /** Of Prisma's statements, on each connection. */
  preparedStatementsMax: 500,
  /** Of a transaction that met another one (deadlock, serialization): run again from its start. */
  transactionAttemptsMax: 4,
} as const;
