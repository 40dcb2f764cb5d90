import { OperationalError } from '#libs/kernel';

export type NodeErrorCode = 'CLUSTER_NOT_PREPARED' | 'BROKER_NOT_STARTED' | 'BROKER_NOT_STOPPED' | 'DIRECTORY' | 'CLUSTER_ID_INVALID';

const RETRYABLE: ReadonlySet<NodeErrorCode> = new Set(['CLUSTER_NOT_PREPARED', 'BROKER_NOT_STARTED', 'BROKER_NOT_STOPPED', 'DIRECTORY']);

export function nodeError(code: NodeErrorCode, message: string, cause?: unknown): OperationalError {
  return new OperationalError(code, message, RETRYABLE.has(code), { cause });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the disk', EDQUOT: 'the disk quota is used up', EACCES: 'permission is denied', EPERM: 'the operation is not permitted', EROFS: 'the file system is read-only', EIO: 'the disk has an error',
  ENOENT: 'it isn\'t there', ENOTDIR: 'a part of the path is no directory', EEXIST: 'something else is in its place', EISDIR: 'a directory is in its place', EMFILE: 'too many files are open', ENFILE: 'too many files are open', ENAMETOOLONG: 'the path is too long',
};

/** What the system says in a few words; null when it is none of the usual reasons. */
export const systemReason = (error: unknown): string | null => REASONS[(error as NodeJS.ErrnoException | null)?.code ?? ''] ?? null;

/** A file or directory that can't be had is the outside world's doing, and may be mended. Everything else passes as it is. */
export function asDirectoryError(error: unknown): unknown {
  if (error instanceof OperationalError) return error;
  const reason = systemReason(error);
  const { path, dest } = (error ?? {}) as NodeJS.ErrnoException & { dest?: string };
  return reason === null ? error : nodeError('DIRECTORY', `${dest ?? path ?? 'a file of the cluster'} can't be had: ${reason}`, error);
}
