import { Failure, OperationalError } from '#libs/kernel';

/** A setting that can't be: the operator changes it and starts again. */
export const brokerErrors = {
  badProperty: (what: string) => new Failure('BAD_CONFIG', what),
  missing: (key: string) => new Failure('BAD_CONFIG', `Missing required configuration ${key}`),
  badPem: (path: string, what: string) => new Failure('BAD_CERTIFICATE', `${path}: ${what}`),
  noRoom: (path: string, cause: unknown) => new OperationalError('DISK_FULL', `the disk of ${path} has no room for what a start writes: ${(cause as Error).message}`, true, { cause }),
  locked: (path: string, holder: string) => new OperationalError('DIRECTORY_LOCKED', `${path} is in use by another broker (process ${holder})`, false),
};
