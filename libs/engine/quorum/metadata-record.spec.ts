import { createTestCpu } from '../../kernel/testing/test-env.js';
import { buildBatch } from '#libs/kafka/protocol';
import { encodeControlRecord } from './control-record.js';
import { decodeMetadataRecord, encodeMetadataRecord, metadataRecord, metadataRecordTypes, type MetadataRecord } from './metadata-record.js';

const cpu = createTestCpu();
const hex = (text: string): string => text.replace(/[\s|]/g, '');
const section = (batch: Buffer): string => batch.subarray(61).toString('hex');

describe('bytes that Apache Kafka 4.3.1 wrote', () => {
  it('LeaderChange', () => {
    const batch = buildBatch([encodeControlRecord({ type: 'leaderChange', leaderId: 1, voters: [1] })], cpu, { timestampMs: 0, control: true });
    expect(section(batch)).toBe(hex('3a 00 00 00 | 08 00000002 | 26 0000 00000001 02 00000001 00 02 00000001 00 00 | 00'));
  });

  it('the batch that unfences a broker, checksum included', () => {
    const record = metadataRecord('BrokerRegistrationChangeRecord', { brokerId: 1, brokerEpoch: 13, fenced: -1 });
    const batch = buildBatch([{ key: null, value: encodeMetadataRecord(record) }], cpu, { timestampMs: 0x01a2043d7717, baseOffset: 16, partitionLeaderEpoch: 1 });
    expect(batch.toString('hex')).toBe(hex(`0000000000000010 0000004b 00000001 02 73858d1c 0000 00000000 000001a2043d7717 000001a2043d7717 ffffffffffffffff ffff ffffffff 00000001
      32 00 00 00 01 26 | 01 11 00 | 00000001 000000000000000d | 01 00 01 ff | 00`));
  });

  it('a partition', () => {
    const topicId = Buffer.from('b89f0000000000000000000000006742', 'hex').toString('base64url');
    const directory = Buffer.from('2445d8e9aab3418fb7d8fe534adcda16', 'hex').toString('base64url');
    const record = metadataRecord('PartitionRecord', { partitionId: 0, topicId, replicas: [1], isr: [1], leader: 1, leaderEpoch: 0, partitionEpoch: 0, directories: [directory] });
    expect(encodeMetadataRecord(record).toString('hex')).toBe(hex(`01 03 02 | 00000000 b89f0000000000000000000000006742 | 02 00000001 | 02 00000001 | 01 | 01 |
      00000001 00000000 00000000 | 02 2445d8e9aab3418fb7d8fe534adcda16 | 00`));
  });

  it('a removed config and a removed topic', () => {
    expect(encodeMetadataRecord(metadataRecord('ConfigRecord', { resourceType: 2, resourceName: 'a', name: 'b', value: null })).toString('hex')).toBe('010400' + '02' + '0261' + '0262' + '00' + '00');
  });
});

describe('framing', () => {
  it.each(metadataRecordTypes)('reads back %s', (type) => {
    const record = metadataRecord(type, {}) as MetadataRecord;
    expect(decodeMetadataRecord(encodeMetadataRecord(record))).toEqual(record);
  });

  it('writes registration changes in the lowest version that fits', () => {
    const version = (fields: object): number => metadataRecord('BrokerRegistrationChangeRecord', { brokerId: 1, brokerEpoch: 1, ...fields }).version;
    expect([version({ fenced: 1 }), version({ inControlledShutdown: 1 }), version({ logDirs: ['AAAAAAAAAAAAAAAAAAAAAQ'] }), version({ cordonedLogDirs: [] })]).toEqual([0, 1, 2, 3]);
  });

  it.each([
    ['frame version', Buffer.from([0, 2, 0])], ['unknown type', Buffer.from([1, 99, 0])], ['newer version', Buffer.from([1, 9, 1])], ['bytes left over', Buffer.from([1, 20, 0, 0, 0])],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s', (_what, bytes) => {
    expect(() => decodeMetadataRecord(bytes)).toThrow();
  });
});
