/** Server side of one SCRAM exchange (RFC 5802 §5). Failure is legal everywhere and final. */
export const SCRAM_STATES = ['awaitingClientFirst', 'awaitingClientFinal', 'complete', 'failed'] as const;
export type ScramState = (typeof SCRAM_STATES)[number];

export const SCRAM_TRANSITIONS: Readonly<Record<ScramState, readonly ScramState[]>> = {
  awaitingClientFirst: ['awaitingClientFinal', 'failed'],
  awaitingClientFinal: ['complete', 'failed'],
  complete: [],
  failed: [],
};
