/**
 * How much producers may still write: the cluster's disk limit, and the room that every cluster leaves free on the machine's disk. Beyond
 * either they are refused (POLICY_VIOLATION: no client repeats it for ever, and each shows its message) while all else goes on: consumers,
 * offset commits, metadata, and whatever gives room. Measured when enough was appended, when time passed, and a moment after a refusal;
 * never per append, and never by a timer, so that an idle broker stays idle.
 */
import type { Env } from '#libs/kernel';
import { replicationLimits } from './replication.limits.js';

export interface DiskRoom {
  /** Why producers may not write now, or null. */
  refusal(): string | null;
  appended(bytes: number): void;
  state(): DiskRoomState;
}

export interface DiskRoomState {
  /** Segments of all partitions. */
  usedBytes: number;
  /** Null: none. */
  limitBytes: number | null;
  freeBytes: number;
  freeBytesMin: number;
  refusal: string | null;
}

/** Settings of ours, for the operator alone: what tenants may set are Kafka's. */
export interface DiskLimits {
  /** sluice.disk.limit.bytes; null: none. */
  limitBytes: number | null;
  /** sluice.disk.free.min.bytes; null: the default, a share of the disk up to a maximum. */
  freeBytesMin: number | null;
}

const wholeNumber = (text: string | undefined): number | null => (text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : null);

export function readDiskLimits(properties: ReadonlyMap<string, string>): DiskLimits {
  return { limitBytes: wholeNumber(properties.get('sluice.disk.limit.bytes')), freeBytesMin: wholeNumber(properties.get('sluice.disk.free.min.bytes')) };
}

export interface DiskRoomOptions {
  directory: string;
  usedBytes: () => number;
  /** In force now. */
  limits: () => DiskLimits;
  /** Producers begin to be refused: what can give room should. */
  onFull: () => void;
}

function measureRoom(env: Env, options: DiskRoomOptions): DiskRoomState {
  const usedBytes = options.usedBytes();
  const { limitBytes, freeBytesMin: asked } = options.limits();
  const { totalBytes, usableBytes: freeBytes } = env.disk.space(options.directory);
  const freeBytesMin = asked ?? Math.min(replicationLimits.diskFreeBytesMin, Math.floor(totalBytes * replicationLimits.diskFreeShareMin));
  const refused = (why: string): DiskRoomState => ({ usedBytes, limitBytes, freeBytes, freeBytesMin, refusal: `${why} Retention, DeleteRecords or deleting topics give room.` });
  if (limitBytes !== null && usedBytes >= limitBytes) return refused(`The cluster holds ${usedBytes} bytes, its disk limit is ${limitBytes} (sluice.disk.limit.bytes).`);
  if (freeBytes < freeBytesMin) return refused(`The disk has ${freeBytes} bytes left, ${freeBytesMin} are kept free (sluice.disk.free.min.bytes).`);
  return { usedBytes, limitBytes, freeBytes, freeBytesMin, refusal: null };
}

export function createDiskRoom(env: Env, options: DiskRoomOptions): DiskRoom {
  let state: DiskRoomState | null = null;
  /** Of what was appended since the measurement. */
  let appendedBytes = 0;
  let budgetBytes = 0;
  let validUntilMs = 0;
  const measure = (): DiskRoomState => {
    const before = state;
    const next = measureRoom(env, options);
    state = next;
    appendedBytes = 0;
    budgetBytes = Math.max(0, Math.min(replicationLimits.diskMeasureBytes, (next.limitBytes ?? Number.MAX_SAFE_INTEGER) - next.usedBytes, next.freeBytes - next.freeBytesMin));
    validUntilMs = env.clock.monotonic() + (next.refusal === null ? replicationLimits.diskMeasureMs : replicationLimits.diskRefusedMeasureMs);
    if ((next.refusal === null) === ((before?.refusal ?? null) === null)) return next;
    env.log.write(next.refusal === null ? 'info' : 'warn', next.refusal === null ? 'disk.room.again' : 'disk.room.none', { ...next });
    if (next.refusal !== null) options.onFull();
    return next;
  };
  const isStale = (): boolean => state === null || env.clock.monotonic() >= validUntilMs || (state.refusal === null && appendedBytes >= budgetBytes);
  return {
    refusal: () => (isStale() ? measure() : state!).refusal,
    appended(bytes) { appendedBytes += bytes; },
    state: () => (isStale() ? measure() : state!),
  };
}
