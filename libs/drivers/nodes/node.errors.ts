import { OperationalError } from '#libs/kernel';

export type NodeErrorCode = 'CLUSTER_NOT_PREPARED' | 'BROKER_NOT_STARTED' | 'BROKER_NOT_STOPPED' | 'DIRECTORY' | 'CLUSTER_ID_INVALID';

const RETRYABLE: ReadonlySet<NodeErrorCode> = new Set(['CLUSTER_NOT_PREPARED', 'BROKER_NOT_STARTED', 'BROKER_NOT_STOPPED', 'DIRECTORY']);

export function nodeError(code: NodeErrorCode, message: string, cause?: unknown): OperationalError {
  return new OperationalError(code, message, RETRYABLE.has(code), { cause });
}
