/** What the platform keeps of what is over. */
export const historyLimits = {
  /** Days that an operation is kept after its end; 0: for ever. `SLUICE_OPERATIONS_KEEP_DAYS`. */
  operationsKeepDays: 90,
  /** Days that it is kept who did what; 0: for ever. `SLUICE_AUDIT_KEEP_DAYS`. */
  auditKeepDays: 400,
  /** Rows that one statement takes away: no request waits for a long one. */
  historyRowsMax: 1_000,
  /** Such statements in one round, once a minute; what is left waits for the next. */
  historyBatchesMax: 20,
} as const;

export type HistoryLimits = Readonly<Record<keyof typeof historyLimits, number>>;
