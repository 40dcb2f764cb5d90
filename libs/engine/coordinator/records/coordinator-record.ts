/**
 * Records of `__consumer_offsets` as Apache Kafka writes them: an int16 version, then the fields. Keys 0 and 1 are offsets, 2 is a classic
 * group; a null value is a tombstone. Keys of other versions (consumer, share and streams groups) stay in the log and are passed over.
 */
import {
  decode, encode, GroupMetadataKey, GroupMetadataValue, OffsetCommitKey, OffsetCommitValue, ProtocolError, type MessageCodec, type NewRecord,
} from '#libs/kafka/protocol';

export interface StoredOffset {
  offset: number;
  leaderEpoch: number;
  metadata: string;
  commitTimestampMs: number;
  /** Only of commits that named a retention of their own (OffsetCommit v2-4). */
  expireTimestampMs: number | null;
}

/** The last complete generation. A member's `subscription` is its metadata for the chosen protocol. */
export type StoredGroup = GroupMetadataValue;

export interface OffsetRecord { kind: 'offset'; group: string; topic: string; partition: number; value: StoredOffset | null }
export interface GroupRecord { kind: 'group'; group: string; value: StoredGroup | null }
export type CoordinatorRecord = OffsetRecord | GroupRecord;

const OFFSET_KEY_VERSION = 1;
const GROUP_KEY_VERSION = 2;
const OFFSET_VALUE_VERSION = 3;
/** The one version that carries an expire timestamp. */
const EXPIRING_OFFSET_VALUE_VERSION = 1;
const GROUP_VALUE_VERSION = 3;

function versioned(version: number, body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(2 + body.length);
  bytes.writeInt16BE(version, 0);
  body.copy(bytes, 2);
  return bytes;
}

function versionOf(bytes: Buffer): number {
  if (bytes.length < 2) throw new ProtocolError(`coordinator record of ${bytes.length} bytes`);
  return bytes.readInt16BE(0);
}

function decodeValue<T>(codec: MessageCodec<T>, bytes: Buffer): T {
  const version = versionOf(bytes);
  if (version < codec.minVersion || version > codec.maxVersion) throw new ProtocolError(`${codec.name} of unknown version ${version}`);
  return decode(codec, version, bytes.subarray(2));
}

function encodeOffsetValue(value: StoredOffset): Buffer {
  const expires = value.expireTimestampMs !== null;
  const version = expires ? EXPIRING_OFFSET_VALUE_VERSION : OFFSET_VALUE_VERSION;
  return versioned(version, encode(OffsetCommitValue, version, {
    offset: value.offset, leaderEpoch: value.leaderEpoch, metadata: value.metadata, commitTimestamp: value.commitTimestampMs,
    expireTimestamp: value.expireTimestampMs ?? -1,
  }));
}

export function encodeRecord(record: CoordinatorRecord): NewRecord {
  if (record.kind === 'offset') {
    const { group, topic, partition, value } = record;
    return {
      key: versioned(OFFSET_KEY_VERSION, encode(OffsetCommitKey, 0, { group, topic, partition })),
      value: value === null ? null : encodeOffsetValue(value),
    };
  }
  return {
    key: versioned(GROUP_KEY_VERSION, encode(GroupMetadataKey, 0, { group: record.group })),
    value: record.value === null ? null : versioned(GROUP_VALUE_VERSION, encode(GroupMetadataValue, GROUP_VALUE_VERSION, record.value)),
  };
}

function decodeOffsetValue(bytes: Buffer): StoredOffset {
  const value = decodeValue(OffsetCommitValue, bytes);
  return {
    offset: value.offset, leaderEpoch: value.leaderEpoch, metadata: value.metadata, commitTimestampMs: value.commitTimestamp,
    expireTimestampMs: value.expireTimestamp < 0 ? null : value.expireTimestamp,
  };
}

/** Byte fields are copied: a view would keep the whole chunk of the log that it was read from. */
function decodeGroupValue(bytes: Buffer): StoredGroup {
  const value = decodeValue(GroupMetadataValue, bytes);
  for (const member of value.members) {
    member.subscription = Buffer.from(member.subscription);
    member.assignment = Buffer.from(member.assignment);
  }
  return value;
}

/** Null for a record that isn't ours to understand. Throws ProtocolError for one that is and can't be read. */
export function decodeRecord(key: Buffer | null, value: Buffer | null): CoordinatorRecord | null {
  if (key === null) return null;
  const version = versionOf(key);
  if (version === 0 || version === OFFSET_KEY_VERSION) {
    const { group, topic, partition } = decode(OffsetCommitKey, 0, key.subarray(2));
    return { kind: 'offset', group, topic, partition, value: value === null ? null : decodeOffsetValue(value) };
  }
  if (version === GROUP_KEY_VERSION) {
    const { group } = decode(GroupMetadataKey, 0, key.subarray(2));
    return { kind: 'group', group, value: value === null ? null : decodeGroupValue(value) };
  }
  return null;
}
