/** What a client hears when the partition under its coordinator refuses. */
import { ErrorCode } from '#libs/kafka/protocol';

export function coordinatorError(errorCode: ErrorCode): ErrorCode {
  switch (errorCode) {
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION: case ErrorCode.NOT_ENOUGH_REPLICAS: case ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case ErrorCode.REQUEST_TIMED_OUT: return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    case ErrorCode.NOT_LEADER_OR_FOLLOWER: case ErrorCode.KAFKA_STORAGE_ERROR: case ErrorCode.FENCED_LEADER_EPOCH: return ErrorCode.NOT_COORDINATOR;
    default: return errorCode;
  }
}

/** A commit that is too much for one record batch of the offsets topic. */
export function commitRefusal(errorCode: ErrorCode): ErrorCode {
  return errorCode === ErrorCode.MESSAGE_TOO_LARGE || errorCode === ErrorCode.RECORD_LIST_TOO_LARGE ? ErrorCode.INVALID_COMMIT_OFFSET_SIZE : errorCode;
}
