import fc from 'fast-check';
import { createFrameReader } from './frame-reader.js';
import { createMemoryPool } from './memory-pool.js';
import { ConnectionRefused } from './server.errors.js';

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
        reader.push(stream.subarray(at, at + size));
        at += size;
        for (let next = reader.next(1000); next !== null; next = reader.next(1000)) seen.push(Buffer.from(next));
      }
      expect(seen.map((body) => body.toString('hex'))).toEqual(bodies.map((body) => Buffer.from(body).toString('hex')));
      expect(reader.bufferedBytes).toBe(0);
    }));
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
