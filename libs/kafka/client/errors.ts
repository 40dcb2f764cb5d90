import { OperationalError } from '#libs/kernel';

/** The cluster can't be reached or hung up: the outside world, worth another try. */
export class ClusterUnreachableError extends OperationalError {
  override readonly name = 'ClusterUnreachableError';
  constructor(message: string, cause?: unknown) { super('CLUSTER_UNREACHABLE', message, true, { cause }); }
}

/** The cluster refused the credentials. */
export class ClusterAuthenticationError extends OperationalError {
  override readonly name = 'ClusterAuthenticationError';
  constructor(message: string) { super('CLUSTER_AUTHENTICATION_FAILED', message, false); }
}
