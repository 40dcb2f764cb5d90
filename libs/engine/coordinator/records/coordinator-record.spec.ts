import { decodeRecord, encodeRecord, type CoordinatorRecord } from './coordinator-record.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const decoded = ({ key, value }: { key: Buffer | null; value: Buffer | null }): CoordinatorRecord | null => decodeRecord(key, value);

describe('records of __consumer_offsets', () => {
  it('writes an offset as Apache Kafka does: key 1, value 3', () => {
    const record: CoordinatorRecord = {
      kind: 'offset', group: 'g', topic: 't', partition: 2, value: { offset: 7, leaderEpoch: 4, metadata: 'm', commitTimestampMs: 256, expireTimestampMs: null },
    };
    const bytes = encodeRecord(record);
    expect(bytes.key).toEqual(hex('0001 0001 67 0001 74 00000002'));
    expect(bytes.value).toEqual(hex('0003 0000000000000007 00000004 0001 6d 0000000000000100'));
    expect(decoded(bytes as { key: Buffer; value: Buffer })).toEqual(record);
  });

  it('writes value 1 when the commit has an expiry of its own', () => {
    const record: CoordinatorRecord = {
      kind: 'offset', group: 'g', topic: 't', partition: 0, value: { offset: 7, leaderEpoch: -1, metadata: '', commitTimestampMs: 1, expireTimestampMs: 2 },
    };
    const bytes = encodeRecord(record);
    expect(bytes.value).toEqual(hex('0001 0000000000000007 0000 0000000000000001 0000000000000002'));
    expect(decoded(bytes as { key: Buffer; value: Buffer })).toEqual(record);
  });

  it('writes a group: key 2, value 3', () => {
    const record: CoordinatorRecord = {
      kind: 'group', group: 'g',
      value: {
        protocolType: 'c', generation: 1, protocol: 'r', leader: 'a', currentStateTimestamp: 5,
        members: [{
          memberId: 'a', groupInstanceId: null, clientId: 'i', clientHost: 'h', rebalanceTimeout: 3, sessionTimeout: 4, subscription: hex('01'), assignment: hex('02 03'),
        }],
      },
    };
    const bytes = encodeRecord(record);
    expect(bytes.key).toEqual(hex('0002 0001 67'));
    expect(bytes.value).toEqual(hex('0003 0001 63 00000001 0001 72 0001 61 0000000000000005 00000001 0001 61 ffff 0001 69 0001 68 00000003 00000004 00000001 01 00000002 0203'));
    expect(decoded(bytes as { key: Buffer; value: Buffer })).toEqual(record);
  });

  it('reads tombstones and the oldest key', () => {
    expect(decodeRecord(hex('0000 0001 67 0001 74 00000002'), null)).toEqual({ kind: 'offset', group: 'g', topic: 't', partition: 2, value: null });
    expect(decodeRecord(hex('0002 0001 67'), null)).toEqual({ kind: 'group', group: 'g', value: null });
  });

  it.each([3, 5, 8, 10, 16, 17, 99])('passes over key %i', (version) => {
    const key = Buffer.alloc(10);
    key.writeInt16BE(version);
    expect(decodeRecord(key, Buffer.from('whatever'))).toBeNull();
  });

  it('refuses values that it can\'t read instead of guessing', () => {
    expect(() => decodeRecord(hex('0002 0001 67'), hex('0009 00'))).toThrow('unknown version 9');
    expect(() => decodeRecord(hex('0001 0001 67 0001 74 00000002'), hex('0003 00'))).toThrow();
    expect(() => decodeRecord(hex('00'), null)).toThrow();
  });
});
