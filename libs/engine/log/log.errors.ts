/** What the log may throw. Codes are stable; replication maps them to Kafka's. */
import { Failure, OperationalError } from '#libs/kernel';

export function offsetOutOfRange(offset: number, logStartOffset: number, logEndOffset: number): Failure {
  return new Failure('OFFSET_OUT_OF_RANGE', `offset ${offset} is outside ${logStartOffset}..${logEndOffset}`);
}
export function inconsistentTopicId(directory: string, found: string, expected: string): Failure {
  return new Failure('INCONSISTENT_TOPIC_ID', `${directory} belongs to topic id ${found}, not ${expected}`);
}
/** Bytes given to the log are not whole, valid batches in order. Nothing was appended. */
export function corruptBatch(detail: string): Failure {
  return new Failure('CORRUPT_MESSAGE', detail);
}
/** Bytes on disk are not what was written: reading here can't go on. */
export function corruptSegment(path: string, position: number): OperationalError {
  return new OperationalError('CORRUPT_SEGMENT', `${path} has no valid batch at position ${position}`, false);
}
/** The disk has no room: what was to be written is not there, and what was there is as it was. Also of a WRITE_REFUSED that has this cause. */
export function isDiskFull(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT' || (code === 'WRITE_REFUSED' && isDiskFull(cause));
}
/** Of the process or the machine: the file is not there, and may be next time. */
function isOutOfHandles(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'EMFILE' || code === 'ENFILE';
}
/** A file could not be made now, and nothing else is wrong. */
export const isNoRoomForFile = (error: unknown): boolean => isDiskFull(error) || isOutOfHandles(error);
/** The disk has no room for a write. The log is as it was before; the caller may try again. */
export function writeRefused(path: string, cause: unknown): OperationalError {
  return new OperationalError('WRITE_REFUSED', `${path}: ${(cause as Error).message}`, true, { cause });
}
/** After a failed sync nobody knows what is on disk (fsyncgate): the log takes nothing more until it is opened and recovered anew. */
export function logFailed(directory: string, cause: unknown): OperationalError {
  return new OperationalError('LOG_FAILED', `${directory} failed: ${(cause as Error).message}`, false, { cause });
}
/** Closed or discarded: its partition is stopping or was deleted. */
export function logClosed(directory: string): OperationalError {
  return new OperationalError('LOG_CLOSED', `${directory} is closed`, false);
}
