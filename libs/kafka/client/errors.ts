import { OperationalError } from '#libs/kernel';

/** The cluster can't be reached or hung up: the outside world, worth another try. */
export class ClusterUnreachableError extends OperationalError {
  override readonly name = 'ClusterUnreachableError';
  /** `mayBeDone`: the request had left before the link broke, so that the cluster may have carried it out. */
  constructor(message: string, cause?: unknown, mayBeDone = false) { super('CLUSTER_UNREACHABLE', message, true, { cause, mayBeDone }); }
}

/** The cluster refused the credentials, or could not prove that it knows them. */
export class ClusterAuthenticationError extends OperationalError {
  override readonly name = 'ClusterAuthenticationError';
  constructor(message: string) { super('CLUSTER_AUTHENTICATION_FAILED', message, false); }
}
