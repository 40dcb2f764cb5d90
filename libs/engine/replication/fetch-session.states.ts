/**
 * KIP-227 as data: what the session id and epoch of a Fetch request ask for.
 *
 * | id  | epoch | asks for                                                      |
 * |-----|-------|---------------------------------------------------------------|
 * | any | −1    | a full fetch without a session; the named one is closed       |
 * | any | 0     | a full fetch and a new session; the named one is closed       |
 * | n   | e > 0 | the next incremental fetch of session n                       |
 */
export type FetchSessionRequest = 'final' | 'initial' | 'incremental';

export const FINAL_EPOCH = -1;
export const INITIAL_EPOCH = 0;
export const INVALID_SESSION_ID = 0;

export function fetchSessionRequest(sessionEpoch: number): FetchSessionRequest {
  if (sessionEpoch === FINAL_EPOCH) return 'final';
  return sessionEpoch === INITIAL_EPOCH ? 'initial' : 'incremental';
}

/** After 2^31 − 1 epochs begin at 1 again: 0 would ask for a new session. */
export function nextSessionEpoch(epoch: number): number {
  return epoch >= 0x7fff_ffff ? 1 : epoch + 1;
}
