import { OperationalError } from '#libs/kernel';

export type EmbeddedErrorCode = 'BUNDLE_MISSING';

export function embeddedError(code: EmbeddedErrorCode, message: string, cause?: unknown): OperationalError {
  return new OperationalError(code, message, false, { cause });
}
