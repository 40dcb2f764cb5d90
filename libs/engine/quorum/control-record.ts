/**
 * Control records of the metadata log: key = int16 version 0, int16 type; value = a flexible struct whose own first field is its version.
 * Types: 2 LeaderChange (v0, as 4.3.1 writes), 3 SnapshotHeader, 4 SnapshotFooter, 5 KRaftVersion, 6 Voters (KIP-853).
 */
import { KRaftVersionRecord, LeaderChangeMessage, SnapshotFooterRecord, SnapshotHeaderRecord, VotersRecord, decode, encode, ProtocolError, type NewRecord } from '#libs/kafka/protocol';

export interface VoterEndpoint { name: string; host: string; port: number }
export interface Voter { id: number; directoryId: string; endpoints: readonly VoterEndpoint[] }

export type ControlRecord =
  | { type: 'leaderChange'; leaderId: number; voters: readonly number[] }
  | { type: 'snapshotHeader'; lastContainedLogTimestamp: number }
  | { type: 'snapshotFooter' }
  | { type: 'kraftVersion'; level: number }
  | { type: 'voters'; voters: readonly Voter[] };

const TYPE_IDS = { leaderChange: 2, snapshotHeader: 3, snapshotFooter: 4, kraftVersion: 5, voters: 6 } as const;
/** What a voter of Apache Kafka 4.3.1 announces. */
const KRAFT_VERSION_FEATURE = { minSupportedVersion: 0, maxSupportedVersion: 1 };

function encodeValue(record: ControlRecord): Buffer {
  switch (record.type) {
    case 'leaderChange': {
      const voters = record.voters.map((voterId) => ({ voterId }));
      return encode(LeaderChangeMessage, 0, { version: 0, leaderId: record.leaderId, voters, grantingVoters: voters });
    }
    case 'snapshotHeader': return encode(SnapshotHeaderRecord, 0, { version: 0, lastContainedLogTimestamp: record.lastContainedLogTimestamp });
    case 'snapshotFooter': return encode(SnapshotFooterRecord, 0, { version: 0 });
    case 'kraftVersion': return encode(KRaftVersionRecord, 0, { version: 0, kRaftVersion: record.level });
    case 'voters': return encode(VotersRecord, 0, {
      version: 0,
      voters: record.voters.map((voter) => ({ voterId: voter.id, voterDirectoryId: voter.directoryId, endpoints: voter.endpoints, kRaftVersionFeature: KRAFT_VERSION_FEATURE })),
    });
  }
}

export function encodeControlRecord(record: ControlRecord): NewRecord {
  const key = Buffer.alloc(4);
  key.writeInt16BE(TYPE_IDS[record.type], 2);
  return { key, value: encodeValue(record) };
}

/** Null for control types that don't concern the metadata log. */
export function decodeControlRecord(key: Buffer | null, value: Buffer | null): ControlRecord | null {
  if (key === null || key.length < 4 || value === null) throw new ProtocolError('control record without key or value');
  switch (key.readInt16BE(2)) {
    case TYPE_IDS.leaderChange: {
      const message = decode(LeaderChangeMessage, value.readInt16BE(0) >= 1 ? 1 : 0, value);
      return { type: 'leaderChange', leaderId: message.leaderId, voters: message.voters.map((voter) => voter.voterId) };
    }
    case TYPE_IDS.snapshotHeader: return { type: 'snapshotHeader', lastContainedLogTimestamp: decode(SnapshotHeaderRecord, 0, value).lastContainedLogTimestamp };
    case TYPE_IDS.snapshotFooter: return { type: 'snapshotFooter' };
    case TYPE_IDS.kraftVersion: return { type: 'kraftVersion', level: decode(KRaftVersionRecord, 0, value).kRaftVersion };
    case TYPE_IDS.voters: {
      const voters = decode(VotersRecord, 0, value).voters;
      return { type: 'voters', voters: voters.map((voter) => ({ id: voter.voterId, directoryId: voter.voterDirectoryId, endpoints: voter.endpoints })) };
    }
    default: return null;
  }
}
