/** The life of a shard: from the election of this broker as leader of the partition to the end of its leadership. */
export const ShardPhase = { loading: 'loading', active: 'active', failed: 'failed', closed: 'closed' } as const;
export type ShardPhase = (typeof ShardPhase)[keyof typeof ShardPhase];

/** Failed: the log can't be read, or a bug was met; another election is needed. */
export const LEGAL_PHASES: Readonly<Record<ShardPhase, readonly ShardPhase[]>> = {
  loading: ['active', 'failed', 'closed'],
  active: ['failed', 'closed'],
  failed: ['closed'],
  closed: [],
};

export const isLegalPhase = (from: ShardPhase, to: ShardPhase): boolean => LEGAL_PHASES[from].includes(to);
