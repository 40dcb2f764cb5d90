import { OperationalError } from '#libs/kernel';

export type EmbeddedErrorCode = 'BUNDLE_MISSING' | 'CLUSTER_NOT_PREPARED' | 'BROKER_NOT_STARTED' | 'BROKER_NOT_STOPPED' | 'DIRECTORY' | 'CLUSTER_ID_INVALID';

const RETRYABLE: ReadonlySet<EmbeddedErrorCode> = new Set(['CLUSTER_NOT_PREPARED', 'BROKER_NOT_STARTED', 'BROKER_NOT_STOPPED', 'DIRECTORY']);

export function embeddedError(code: EmbeddedErrorCode, message: string, cause?: unknown): OperationalError {
  return new OperationalError(code, message, RETRYABLE.has(code), { cause });
}
