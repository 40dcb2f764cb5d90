import fc from 'fast-check';
import * as protocol from './index.js';
import { decode, encode, ProtocolError, Reader, Writer, type MessageCodec } from './index.js';

const codecs = (Object.values(protocol) as unknown[]).filter((value): value is MessageCodec<object> => typeof value === 'object' && value !== null && 'flexibleFrom' in value);

describe('generated codec', () => {
  it('knows requests, responses and records', () => {
    expect(codecs.length).toBeGreaterThan(100);
  });

  it('reads back the defaults of every message in every version', () => {
    for (const codec of codecs) {
      for (let version = codec.minVersion; version <= codec.maxVersion; version++) {
        const bytes = encode(codec, version, {});
        const value = decode(codec, version, bytes);
        expect(encode(codec, version, value).equals(bytes)).toBe(true);
      }
    }
  });

  it('refuses every truncation of a message with an error of its own', () => {
    for (const codec of codecs) {
      const bytes = encode(codec, codec.maxVersion, {});
      for (let size = 0; size < bytes.length; size++) {
        try {
          decode(codec, codec.maxVersion, bytes.subarray(0, size));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }
    }
  });

  it('never fails with anything but a ProtocolError on arbitrary bytes', () => {
    fc.assert(fc.property(fc.constantFrom(...codecs), fc.uint8Array({ maxLength: 200 }), (codec, bytes) => {
      for (const version of [codec.minVersion, codec.maxVersion]) {
        try {
          decode(codec, version, Buffer.from(bytes));
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
      }
    }), { numRuns: 3000 });
  });

  it('writes what Apache Kafka writes: a Metadata request of version 12', () => {
    const bytes = encode(protocol.MetadataRequest, 12, { topics: [{ topicId: protocol.ZERO_UUID, name: 'orders' }], allowAutoTopicCreation: false });
    expect(bytes.toString('hex')).toBe(`02${'00'.repeat(16)}07${Buffer.from('orders').toString('hex')}00000000`);
  });

  it('keeps nullable, tagged and version-bound fields apart', () => {
    const fetch = { responses: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', partitions: [{ partitionIndex: 3, records: Buffer.from('abc'), abortedTransactions: null, divergingEpoch: { epoch: 1, endOffset: 9 } }] }] };
    const read = decode(protocol.FetchResponse, 16, encode(protocol.FetchResponse, 16, fetch));
    expect(read.responses[0]!.partitions[0]!.divergingEpoch).toEqual({ epoch: 1, endOffset: 9 });
    expect(read.responses[0]!.partitions[0]!.abortedTransactions).toBeNull();
    expect(() => encode(protocol.OffsetFetchRequest, 8, { groupId: 'only before version 8' })).toThrow('does not exist in version 8');
  });
});

describe('wire numbers', () => {
  it('round-trips int64 up to 2^53 − 1 and refuses beyond', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => {
      const writer = new Writer();
      writer.int64(value);
      writer.varlong(value);
      const reader = new Reader(Buffer.concat(writer.finish()));
      expect(reader.int64()).toBe(value);
      expect(reader.varlong()).toBe(value);
    }));
    expect(() => new Reader(Buffer.from('7fffffffffffffff', 'hex')).int64()).toThrow(ProtocolError);
    expect(() => new Reader(Buffer.from('8000000000000000', 'hex')).int64()).toThrow(ProtocolError);
  });

  it('round-trips zigzag varints and refuses those that never end', () => {
    fc.assert(fc.property(fc.integer(), (value) => {
      const writer = new Writer();
      writer.varint(value);
      expect(new Reader(Buffer.concat(writer.finish())).varint()).toBe(value);
    }));
    expect(() => new Reader(Buffer.from('ffffffffffff', 'hex')).uvarint()).toThrow(ProtocolError);
  });

  it('refuses lengths beyond what is left before it allocates', () => {
    expect(() => new Reader(Buffer.from('7fffffff', 'hex')).arrayLength(false)).toThrow(ProtocolError);
    expect(() => new Reader(Buffer.from('ffffffff0f', 'hex')).string(true)).toThrow(ProtocolError);
  });

  it('passes large fields by reference and copies small ones', () => {
    const large = Buffer.alloc(10_000, 1);
    const writer = new Writer();
    writer.bytes(large, false);
    writer.int8(7);
    const chunks = writer.finish();
    expect(chunks.some((chunk) => chunk === large)).toBe(true);
    expect(Buffer.concat(chunks).length).toBe(10_005);
  });
});
