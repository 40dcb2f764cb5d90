import { OperationalError } from '#libs/kernel';

export type ApacheErrorCode = 'VERSION_UNSUITABLE' | 'MEMORY_SHORT' | 'DISK_SHORT' | 'PORT_TAKEN' | 'ZOOKEEPER_NOT_READY' | 'ZOOKEEPER_DATA_LOST';

const RETRYABLE: ReadonlySet<ApacheErrorCode> = new Set(['ZOOKEEPER_NOT_READY']);

export function apacheError(code: ApacheErrorCode, message: string, cause?: unknown): OperationalError {
  return new OperationalError(code, message, RETRYABLE.has(code), { cause });
}
