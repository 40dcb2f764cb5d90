/**
 * Long polls. A fetch that found too little waits until its partitions committed enough bytes, one of them is no longer led here, its time is
 * up, or its connection is gone. Woken by the high watermark, never by the log's end; counts bytes instead of reading again each time.
 */
import type { Env } from '#libs/kernel';
import { ErrorCode } from '#libs/kafka/protocol';
import type { LeaderPartition } from './api.js';
import { replicationLimits } from './replication.limits.js';

export interface ParkedPartition { leader: LeaderPartition; maxBytes: number }

export interface ParkRequest {
  partitions: readonly ParkedPartition[];
  minBytes: number;
  /** Found already. */
  bytes: number;
  maxWaitMs: number;
  onClose?: ((listener: () => void) => () => void) | undefined;
}
export type ParkResult = 'ready' | 'timed-out' | 'closed';

export interface FetchPurgatory {
  readonly parked: number;
  /** Null when too many wait already: answer at once. */
  park(request: ParkRequest): Promise<ParkResult> | null;
}

export function createFetchPurgatory(env: Pick<Env, 'timers'>, parkedMax: number = replicationLimits.parkedFetchesMax): FetchPurgatory {
  let parked = 0;
  return {
    get parked() { return parked; },
    park(request) {
      if (parked >= parkedMax) return null;
      parked += 1;
      return wait(env, request).finally(() => { parked -= 1; });
    },
  };
}

function wait(env: Pick<Env, 'timers'>, request: ParkRequest): Promise<ParkResult> {
  const { partitions } = request;
  const before = partitions.map(({ leader }) => leader.committedBytes);
  const isReady = (): boolean => {
    let bytes = request.bytes;
    for (let i = 0; i < partitions.length; i++) {
      const { leader, maxBytes } = partitions[i]!;
      if (leader.endedWith !== ErrorCode.NONE) return true;
      bytes += Math.min(leader.committedBytes - before[i]!, maxBytes);
    }
    return bytes >= request.minBytes;
  };
  return new Promise((resolve) => {
    const release: (() => void)[] = [];
    const complete = (result: ParkResult): void => {
      for (const undo of release.splice(0)) undo();
      resolve(result);
    };
    const wake = (): void => { if (isReady()) complete('ready'); };
    for (const { leader } of partitions) release.push(leader.onAdvance(wake));
    const timer = env.timers.set(request.maxWaitMs, () => { complete('timed-out'); });
    release.push(() => { env.timers.cancel(timer); });
    if (request.onClose !== undefined) release.push(request.onClose(() => { complete('closed'); }));
  });
}
