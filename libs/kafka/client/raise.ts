import { ErrorCode, KafkaError, errorName } from '#libs/kafka/protocol';

/** Throws the KafkaError that a code in an answer stands for. */
export function raise(errorCode: number, message: string | null): void {
  if (errorCode !== ErrorCode.NONE) throw new KafkaError(errorCode as ErrorCode, message ?? errorName(errorCode));
}
