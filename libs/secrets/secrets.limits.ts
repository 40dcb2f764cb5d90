export const secretsLimits = {
  /** Of a text that is sealed. */
  textBytesMax: 256 * 1024,
  /** In the key file: the present one, and those that older texts may still need. */
  keysMax: 8,
} as const;
