import fc from 'fast-check';
import { Reader, Writer } from './wire.js';

const STRING = fc.string({ maxLength: 40 });

it('writes the same wherever a chunk ends', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: -128, max: 127 }), fc.integer(), STRING, fc.uint8Array({ maxLength: 3000 })), { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 70 }), (rows, initialBytes) => {
    const writer = new Writer(initialBytes);
    for (const [flag, small, number, text, bytes] of rows) {
      writer.bool(flag);
      writer.int8(small);
      writer.int32(number);
      writer.uvarint(number >>> 0);
      writer.string(text, true);
      writer.bytes(Buffer.from(bytes), true);
    }
    const sizeBytes = writer.sizeBytes;
    const whole = Buffer.concat(writer.finish());
    expect(whole.length).toBe(sizeBytes);
    const reader = new Reader(whole);
    for (const [flag, small, number, text, bytes] of rows) {
      expect([reader.bool(), reader.int8(), reader.int32(), reader.uvarint(), reader.string(true)]).toEqual([flag, small, number, number >>> 0, Buffer.from(text, 'utf8').toString('utf8')]);
      expect(reader.bytes(true).equals(Buffer.from(bytes))).toBe(true);
    }
    expect(reader.remaining).toBe(0);
  }), { numRuns: 60 });
});

it('takes few chunks for much', () => {
  const writer = new Writer();
  for (let index = 0; index < 100_000; index++) writer.int8(1);
  expect(writer.finish().length).toBeLessThan(10);
});
