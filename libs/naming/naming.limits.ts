/** Limits of naming policies: what bounds the work for one name, and what a policy may hold. Each is named in the error of whoever meets it. */
export const namingLimits = {
  /** One below what a Kafka broker takes, as the platform promises everywhere. */
  topicNameLengthMax: 248,
  templatePartsMax: 10,
  partNameLengthMax: 32,
  valuesPerPartMax: 500,
  exemptionsMax: 200,
  patternLengthMax: 256,
  /** Characters that a pattern can stand on, its counted repetitions written out. Matching takes (length of the name × these / 32) steps for each active one. */
  patternPositionsMax: 256,
  /** Of all patterns of a policy together: what one name can cost. */
  policyPositionsMax: 1_024,
  patternDepthMax: 16,
  /** Steps of the search for the nearest text, of one search and of all for one name: beyond it, an example stands in. */
  nearestStepsMax: 20_000,
  proposalStepsMax: 100_000,
  /** Texts that are longer are cut before a nearest one is looked for. */
  nearestTextLengthMax: 64,
  /** librdkafka, and so most clients, cut a broker's message after 511 bytes: what would be right must not be lost. */
  messageLengthMax: 500,
  quotedLengthMax: 80,
} as const;
