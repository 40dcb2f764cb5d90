import { ErrorCode, KafkaError, ProtocolError, errorName } from '#libs/kafka/protocol';
import { ClusterUnreachableError } from './errors.js';

/** Throws the KafkaError that a code in an answer stands for. */
export function raise(errorCode: number, message: string | null): void {
  if (errorCode !== ErrorCode.NONE) throw new KafkaError(errorCode as ErrorCode, message ?? errorName(errorCode));
}

/** What was asked for one thing is answered with one: a cluster that answers with none may have done what it was asked, and doesn't say. */
export function only<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new ClusterUnreachableError('the cluster answers without what it was asked for', new ProtocolError('an answer without a row'), true);
  return row;
}
