import { OperationalError } from '#libs/kernel';

export type DatabaseErrorCode =
  | 'DATABASE_UNREACHABLE' | 'DATABASE_URL_INVALID' | 'DATABASE_UNSUPPORTED_PLATFORM' | 'DATABASE_USER_MISSING'
  | 'DATABASE_DIRECTORY' | 'DATABASE_INIT_FAILED' | 'DATABASE_START_FAILED' | 'DATABASE_VERSION' | 'DATABASE_STOP_FAILED'
  | 'DATABASE_OTHER_KIND';

export function databaseError(code: DatabaseErrorCode, message: string, cause?: unknown): OperationalError {
  return new OperationalError(code, message, code === 'DATABASE_UNREACHABLE', { cause });
}
