/**
 * Snapshots: `<offset>-<epoch>.checkpoint`, where offset is the first one not contained and epoch that of the last contained record.
 * Content: control batch {SnapshotHeader, KRaftVersion, Voters}, data batches, control batch {SnapshotFooter}; offsets of its own from 0,
 * batch epoch = the snapshot's. Written as `.part`, synced, then renamed.
 */
import { join } from 'node:path';
import type { Env } from '#libs/kernel';
import { buildBatch, type NewRecord } from '#libs/kafka/protocol';
import { encodeControlRecord, type ControlRecord } from './control-record.js';
import { visitBatch, wholeBatchAt, type MetadataVisitor } from './metadata-batch.js';
import { encodeMetadataRecord, type MetadataRecord } from './metadata-record.js';
import { quorumErrors } from './quorum.errors.js';
import { quorumLimits } from './quorum.limits.js';

export interface SnapshotId { offset: number; epoch: number }
type SnapshotEnv = Pick<Env, 'disk' | 'cpu'>;

const NAME = /^(\d{20})-(\d{10})\.checkpoint$/;
const RECORDS_PER_BATCH = 1024;

export function snapshotName(id: SnapshotId): string {
  return `${String(id.offset).padStart(20, '0')}-${String(id.epoch).padStart(10, '0')}.checkpoint`;
}

/** Newest first. */
export function listSnapshots(env: Pick<Env, 'disk'>, directory: string): SnapshotId[] {
  const found: SnapshotId[] = [];
  for (const name of env.disk.list(directory)) {
    const match = NAME.exec(name);
    if (match !== null) found.push({ offset: Number(match[1]), epoch: Number(match[2]) });
  }
  return found.sort((a, b) => b.offset - a.offset || b.epoch - a.epoch);
}

/** Reads a whole snapshot; throws BAD_SNAPSHOT when it is damaged or has no footer. */
export function readSnapshotFile(env: SnapshotEnv, path: string, visitor: MetadataVisitor): void {
  const stat = env.disk.stat(path);
  if (stat === null) throw quorumErrors.badSnapshot(path, 'no such file');
  if (stat.sizeBytes > quorumLimits.snapshotBytesMax) throw quorumErrors.badSnapshot(path, `${stat.sizeBytes} bytes are too many`);
  const bytes = env.disk.readFile(path) ?? Buffer.alloc(0);
  let complete = false;
  try {
    for (let at = 0; at < bytes.length;) {
      const header = wholeBatchAt(bytes, at, env);
      visitBatch(bytes.subarray(at, at + header.sizeBytes), header, env, {
        record: (record, offset, epoch) => visitor.record(record, offset, epoch),
        control: (record, offset, epoch) => {
          complete ||= record.type === 'snapshotFooter';
          visitor.control(record, offset, epoch);
        },
      });
      at += header.sizeBytes;
    }
  } catch (error) {
    throw quorumErrors.badSnapshot(path, error instanceof Error ? error.message : String(error), error);
  }
  if (!complete) throw quorumErrors.badSnapshot(path, 'it has no footer');
}

/** The bytes of a snapshot; `timestampMs` is that of the last contained record (0 for a bootstrap file). */
export function encodeSnapshot(env: Pick<Env, 'cpu'>, content: { epoch: number; timestampMs: number; control: readonly ControlRecord[]; records: Iterable<MetadataRecord> }): Buffer[] {
  const batches: Buffer[] = [];
  let offset = 0;
  const put = (records: readonly NewRecord[], control: boolean): void => {
    batches.push(buildBatch(records, env.cpu, { timestampMs: content.timestampMs, baseOffset: offset, partitionLeaderEpoch: content.epoch, control }));
    offset += records.length;
  };
  put([encodeControlRecord({ type: 'snapshotHeader', lastContainedLogTimestamp: content.timestampMs }), ...content.control.map(encodeControlRecord)], true);
  let pending: NewRecord[] = [];
  for (const record of content.records) {
    pending.push({ key: null, value: encodeMetadataRecord(record) });
    if (pending.length < RECORDS_PER_BATCH) continue;
    put(pending, false);
    pending = [];
  }
  if (pending.length > 0) put(pending, false);
  put([encodeControlRecord({ type: 'snapshotFooter' })], true);
  return batches;
}

export async function writeSnapshotFile(env: SnapshotEnv, directory: string, name: string, batches: readonly Buffer[]): Promise<void> {
  const path = join(directory, name);
  const part = `${path}.part`;
  env.disk.remove(part);
  const file = env.disk.open(part, 'readwrite');
  try {
    file.write(0, batches);
    await file.sync();
  } finally {
    file.close();
  }
  env.disk.rename(part, path);
  await env.disk.syncDir(directory);
}
