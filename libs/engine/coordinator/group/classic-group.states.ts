/** The states of a classic group and which may follow which, as in Apache Kafka. */
export const ClassicGroupState = {
  empty: 'Empty',
  preparingRebalance: 'PreparingRebalance',
  completingRebalance: 'CompletingRebalance',
  stable: 'Stable',
  dead: 'Dead',
} as const;
export type ClassicGroupState = (typeof ClassicGroupState)[keyof typeof ClassicGroupState];

/**
 * Empty: no members; offsets may be kept. PreparingRebalance: waits until the members have joined. CompletingRebalance: a generation has
 * begun, the leader's assignment is awaited. Stable: the assignment is in the log. Dead: gone.
 */
export const LEGAL_TRANSITIONS: Readonly<Record<ClassicGroupState, readonly ClassicGroupState[]>> = {
  Empty: ['PreparingRebalance', 'Dead'],
  PreparingRebalance: ['CompletingRebalance', 'Empty', 'Dead'],
  CompletingRebalance: ['Stable', 'PreparingRebalance', 'Dead'],
  Stable: ['PreparingRebalance', 'Dead'],
  Dead: ['Dead'],
};

export const isLegalTransition = (from: ClassicGroupState, to: ClassicGroupState): boolean => LEGAL_TRANSITIONS[from].includes(to);
