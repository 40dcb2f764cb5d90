export const egressLimits = {
  /** Of a name; DNS has no more. */
  hostLengthMax: 253,
  labelLengthMax: 63,
  /** Of one name: all are judged, and tried in their order. */
  addressesMax: 32,
  /** Ranges that the operator allows. */
  allowedRangesMax: 256,
} as const;
