import type { CompressionCodec } from '../ports.js';

/** Bad input to a codec: the producer's mistake. `TOO_LARGE` is found before memory is taken for the result. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  constructor(readonly code: 'TOO_LARGE' | 'CORRUPT', message: string, options?: { cause?: unknown }) { super(message, options); }
}

export function tooLarge(codec: CompressionCodec, maxBytes: number): CodecError {
  return new CodecError('TOO_LARGE', `${codec} data would grow beyond ${maxBytes} bytes`);
}

export function corrupt(codec: CompressionCodec, what: string, cause?: unknown): CodecError {
  return new CodecError('CORRUPT', `${codec} data is corrupt: ${what}`, { cause });
}
