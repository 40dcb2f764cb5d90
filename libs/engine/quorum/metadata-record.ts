/**
 * Records of `__cluster_metadata`. On disk the value of a data record is: uvarint frame version (1), uvarint type, uvarint version, then
 * the flexible struct. Versions written are those of metadata.version 30 (4.3-IV0).
 */
import * as protocol from '#libs/kafka/protocol';
import { Reader, Writer, type MessageCodec } from '#libs/kafka/protocol';

export interface MetadataRecordValues {
  RegisterBrokerRecord: protocol.RegisterBrokerRecord;
  UnregisterBrokerRecord: protocol.UnregisterBrokerRecord;
  TopicRecord: protocol.TopicRecord;
  PartitionRecord: protocol.PartitionRecord;
  ConfigRecord: protocol.ConfigRecord;
  PartitionChangeRecord: protocol.PartitionChangeRecord;
  FenceBrokerRecord: protocol.FenceBrokerRecord;
  UnfenceBrokerRecord: protocol.UnfenceBrokerRecord;
  RemoveTopicRecord: protocol.RemoveTopicRecord;
  DelegationTokenRecord: protocol.DelegationTokenRecord;
  UserScramCredentialRecord: protocol.UserScramCredentialRecord;
  FeatureLevelRecord: protocol.FeatureLevelRecord;
  ClientQuotaRecord: protocol.ClientQuotaRecord;
  ProducerIdsRecord: protocol.ProducerIdsRecord;
  BrokerRegistrationChangeRecord: protocol.BrokerRegistrationChangeRecord;
  AccessControlEntryRecord: protocol.AccessControlEntryRecord;
  RemoveAccessControlEntryRecord: protocol.RemoveAccessControlEntryRecord;
  NoOpRecord: protocol.NoOpRecord;
  ZkMigrationStateRecord: protocol.ZkMigrationStateRecord;
  RemoveUserScramCredentialRecord: protocol.RemoveUserScramCredentialRecord;
  BeginTransactionRecord: protocol.BeginTransactionRecord;
  EndTransactionRecord: protocol.EndTransactionRecord;
  AbortTransactionRecord: protocol.AbortTransactionRecord;
  RemoveDelegationTokenRecord: protocol.RemoveDelegationTokenRecord;
  RegisterControllerRecord: protocol.RegisterControllerRecord;
  ClearElrRecord: protocol.ClearElrRecord;
}
export type MetadataRecordType = keyof MetadataRecordValues;
export type MetadataRecordOf<K extends MetadataRecordType> = { readonly type: K; readonly version: number; readonly value: MetadataRecordValues[K] };
export type MetadataRecord = { [K in MetadataRecordType]: MetadataRecordOf<K> }[MetadataRecordType];

const CODECS: { readonly [K in MetadataRecordType]: MessageCodec<MetadataRecordValues[K]> } = {
  RegisterBrokerRecord: protocol.RegisterBrokerRecord, UnregisterBrokerRecord: protocol.UnregisterBrokerRecord, TopicRecord: protocol.TopicRecord,
  PartitionRecord: protocol.PartitionRecord, ConfigRecord: protocol.ConfigRecord, PartitionChangeRecord: protocol.PartitionChangeRecord,
  FenceBrokerRecord: protocol.FenceBrokerRecord, UnfenceBrokerRecord: protocol.UnfenceBrokerRecord, RemoveTopicRecord: protocol.RemoveTopicRecord,
  DelegationTokenRecord: protocol.DelegationTokenRecord, UserScramCredentialRecord: protocol.UserScramCredentialRecord,
  FeatureLevelRecord: protocol.FeatureLevelRecord, ClientQuotaRecord: protocol.ClientQuotaRecord, ProducerIdsRecord: protocol.ProducerIdsRecord,
  BrokerRegistrationChangeRecord: protocol.BrokerRegistrationChangeRecord, AccessControlEntryRecord: protocol.AccessControlEntryRecord,
  RemoveAccessControlEntryRecord: protocol.RemoveAccessControlEntryRecord, NoOpRecord: protocol.NoOpRecord,
  ZkMigrationStateRecord: protocol.ZkMigrationStateRecord, RemoveUserScramCredentialRecord: protocol.RemoveUserScramCredentialRecord,
  BeginTransactionRecord: protocol.BeginTransactionRecord, EndTransactionRecord: protocol.EndTransactionRecord,
  AbortTransactionRecord: protocol.AbortTransactionRecord, RemoveDelegationTokenRecord: protocol.RemoveDelegationTokenRecord,
  RegisterControllerRecord: protocol.RegisterControllerRecord, ClearElrRecord: protocol.ClearElrRecord,
};
/** All that Apache Kafka 4.3.1 knows. */
export const metadataRecordTypes = Object.keys(CODECS) as MetadataRecordType[];
const TYPES = new Map<number, MetadataRecordType>(metadataRecordTypes.map((type) => [CODECS[type].apiKey, type]));
const FRAME_VERSION = 1;

/** Lowest version that can say it, as Kafka writes registration changes; every other record has its newest version. */
function versionFor(type: MetadataRecordType, value: MetadataRecordValues[MetadataRecordType]): number {
  if (type !== 'BrokerRegistrationChangeRecord') return CODECS[type].maxVersion;
  const change = value as protocol.BrokerRegistrationChangeRecord;
  if (change.cordonedLogDirs !== null) return 3;
  if (change.logDirs.length > 0) return 2;
  return change.inControlledShutdown !== 0 ? 1 : 0;
}

/** A record with every field that isn't given at its default. */
export function metadataRecord<K extends MetadataRecordType>(type: K, fields: Partial<MetadataRecordValues[K]>): MetadataRecordOf<K> {
  const value = { ...CODECS[type].defaults(), ...fields };
  return { type, version: versionFor(type, value), value };
}

function writeStruct<K extends MetadataRecordType>(writer: Writer, record: MetadataRecordOf<K>): void {
  // A full value is a draft of itself; the compiler can't see that through the index.
  (CODECS[record.type].write as (writer: Writer, version: number, value: MetadataRecordValues[K]) => void)(writer, record.version, record.value);
}

export function encodeMetadataRecord(record: MetadataRecord): Buffer {
  const writer = new Writer(128);
  writer.uvarint(FRAME_VERSION);
  writer.uvarint(CODECS[record.type].apiKey);
  writer.uvarint(record.version);
  writeStruct(writer, record);
  return Buffer.concat(writer.finish());
}

/** Throws a ProtocolError for what Apache Kafka 4.3.1 doesn't know either: to skip it would be to lose it. */
export function decodeMetadataRecord(bytes: Buffer): MetadataRecord {
  const reader = new Reader(bytes);
  const frame = reader.uvarint();
  if (frame !== FRAME_VERSION) throw new protocol.ProtocolError(`unknown frame version ${frame}`);
  const id = reader.uvarint();
  const type = TYPES.get(id);
  if (type === undefined) throw new protocol.ProtocolError(`unknown metadata record type ${id}`);
  const version = reader.uvarint();
  const codec = CODECS[type];
  if (version > codec.maxVersion) throw new protocol.ProtocolError(`${type} version ${version} is newer than ${codec.maxVersion}`);
  const value = codec.read(reader, version);
  if (reader.remaining !== 0) throw new protocol.ProtocolError(`${reader.remaining} bytes after ${type}`);
  return { type, version, value } as MetadataRecord;
}
