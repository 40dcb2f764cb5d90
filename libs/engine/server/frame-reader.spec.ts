import fc from 'fast-check';
import { createFrameReader } from './frame-reader.js';
import { createMemoryPool } from './memory-pool.js';
import { ConnectionRefused } from './server.errors.js';
import { SERVER_LIMITS } from './server.limits.js';

const frame = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

describe('frame reader', () => {
  it('gives the same frames however the stream is cut', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 40 }), (bodies, cuts) => {
      const stream = Buffer.concat(bodies.map((body) => frame(Buffer.from(body))));
      const reader = createFrameReader();
      const seen: Buffer[] = [];
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const size = cuts[turn % cuts.length]!;
        const chunk = Buffer.from(stream.subarray(at, at + size));
        reader.push(chunk);
        at += size;
        for (let next = reader.next(1000); next !== null; next = reader.next(1000)) seen.push(Buffer.from(next));
        reader.keep();
        chunk.fill(0xaa);
      }
      expect(seen.map((body) => body.toString('hex'))).toEqual(bodies.map((body) => Buffer.from(body).toString('hex')));
      expect(reader.bufferedBytes).toBe(0);
    }));
  });
  it('says which frames lie in memory that is not its own', () => {
    const reader = createFrameReader();
    const stream = Buffer.concat([frame(Buffer.alloc(10)), frame(Buffer.alloc(20)), frame(Buffer.alloc(20_000))]);
    const lent = (chunk: Buffer): boolean[] => {
      const said: boolean[] = [];
      reader.push(chunk);
      while (reader.next(30_000) !== null) said.push(reader.nextWasLent);
      reader.keep();
      return said;
    };
    expect(lent(stream.subarray(0, 20))).toEqual([true]);
    expect(lent(stream.subarray(20, 9_000))).toEqual([false]);
    expect(lent(stream.subarray(9_000))).toEqual([false]);
    expect(lent(stream)).toEqual([true, true, true]);
  });
  it('keeps what comes byte by byte in a few pieces', () => {
    const reader = createFrameReader();
    const stream = frame(Buffer.alloc(SERVER_LIMITS.frameBytesUnpooled, 7));
    let most = 0;
    for (const byte of stream.subarray(0, SERVER_LIMITS.frameBytesUnpooled / 4)) {
      reader.push(Buffer.from([byte]));
      expect(reader.next(100_000)).toBeNull();
      reader.keep();
      most = Math.max(most, reader.pieces);
    }
    expect(most).toBeLessThan(20);
    reader.push(stream.subarray(SERVER_LIMITS.frameBytesUnpooled / 4));
    expect(reader.next(100_000)!.equals(stream.subarray(4))).toBe(true);
  });
  it('takes memory for a frame only when a part of it has come', () => {
    const taken: number[] = [];
    const reader = createFrameReader({ take: (size) => { taken.push(size); return Buffer.alloc(size); }, give: () => undefined });
    const size = SERVER_LIMITS.frameBytesUnpooled;
    const stream = frame(Buffer.alloc(size));
    const until = 4 + size / 4;
    for (let at = 0; at < until - 1; at += 1_000) {
      reader.push(stream.subarray(at, Math.min(at + 1_000, until - 1)));
      expect(reader.next(size)).toBeNull();
      reader.keep();
    }
    expect(taken).toEqual([]);
    reader.push(stream.subarray(until - 1, until));
    expect(reader.next(size)).toBeNull();
    expect(taken).toEqual([size]);
    reader.push(stream.subarray(until));
    expect(reader.next(size)).toHaveLength(size);
  });
  it('takes a frame at the limit and refuses one past it, and a negative one, by its length alone', () => {
    const head = (size: number): Buffer => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(size);
      return bytes;
    };
    const asked = (size: number) => () => {
      const reader = createFrameReader();
      reader.push(head(size));
      return reader.nextSize(100);
    };
    expect(asked(100)()).toBe(100);
    expect(asked(101)).toThrow(ConnectionRefused);
    expect(asked(-1)).toThrow(ConnectionRefused);
    expect(asked(0x7fff_ffff)).toThrow(ConnectionRefused);
    expect(asked(0)()).toBe(0);
  });
});

describe('memory pool', () => {
  it('serves in order, and lets one through that is larger than all', () => {
    const pool = createMemoryPool(100);
    const order: string[] = [];
    const first = pool.request(80, () => undefined).grant!;
    pool.request(90, (grant) => { order.push('big'); grant.release(); });
    pool.request(10, () => order.push('small'));
    const cancelled = pool.request(10, () => order.push('cancelled'));
    cancelled.cancel();
    expect(order).toEqual([]);
    first.release();
    first.release();
    expect(order).toEqual(['big', 'small']);
    expect(pool.usedBytes).toBe(10);
    expect(createMemoryPool(100).request(500, () => undefined).grant).not.toBeNull();
  });
});
