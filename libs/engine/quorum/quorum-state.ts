/** `quorum-state`: the vote and epoch of this voter, one line of JSON. An epoch in it that is newer than the log's counts; absent or older doesn't matter. */
import { join } from 'node:path';
import { replaceFile, type Env } from '#libs/kernel';
import { ZERO_UUID } from '#libs/kafka/protocol';

const FILE = 'quorum-state';

/** 0 when there is none, or one that can't be read: the log's own epoch is then the truth, as in Kafka. */
export function readQuorumEpoch(env: Pick<Env, 'disk' | 'log'>, directory: string): number {
  const content = env.disk.readFile(join(directory, FILE));
  if (content === null) return 0;
  try {
    const state = JSON.parse(content.toString('utf8')) as { leaderEpoch?: unknown };
    if (typeof state.leaderEpoch === 'number' && Number.isInteger(state.leaderEpoch) && state.leaderEpoch >= 0) return state.leaderEpoch;
  } catch (error) {
    env.log.write('warn', 'quorum.state.unreadable', { detail: String(error) });
  }
  return 0;
}

export function formatQuorumState(leaderId: number, leaderEpoch: number): string {
  return JSON.stringify({ leaderId, leaderEpoch, votedId: -1, votedDirectoryId: ZERO_UUID, data_version: 1 });
}

export async function writeQuorumState(env: Pick<Env, 'disk'>, directory: string, state: { leaderId: number; leaderEpoch: number }): Promise<void> {
  await replaceFile(env.disk, join(directory, FILE), Buffer.from(formatQuorumState(state.leaderId, state.leaderEpoch), 'utf8'));
}
