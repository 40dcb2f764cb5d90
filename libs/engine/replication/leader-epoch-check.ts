/** KIP-320: a client that says which leader epoch it believes in is told when that is over, or not known here yet. */
import { ErrorCode } from '#libs/kafka/protocol';

/** −1 or less: the client doesn't say. */
export function checkLeaderEpoch(currentLeaderEpoch: number, leaderEpoch: number): ErrorCode {
  if (currentLeaderEpoch < 0 || currentLeaderEpoch === leaderEpoch) return ErrorCode.NONE;
  return currentLeaderEpoch < leaderEpoch ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
}
