import { createFrameBuffers } from './frame-buffers.js';

describe('frame buffers', () => {
  it('lend what was given back, in the length that is asked for', () => {
    const buffers = createFrameBuffers();
    const first = buffers.take(40_000);
    expect(first.length).toBe(40_000);
    buffers.give(first);
    const second = buffers.take(60_000);
    expect(second.length).toBe(60_000);
    expect(second.buffer).toBe(first.buffer);
  });
  it('never lend to two at once', () => {
    const buffers = createFrameBuffers();
    const held = buffers.take(100_000);
    expect(buffers.take(100_000).buffer).not.toBe(held.buffer);
    buffers.give(held);
    // Given back twice is given back once.
    buffers.give(held);
    expect(buffers.take(100_000).buffer).toBe(held.buffer);
    expect(buffers.take(100_000).buffer).not.toBe(held.buffer);
  });
  it('leave alone what is not theirs, small frames and huge ones', () => {
    const buffers = createFrameBuffers();
    const foreign = Buffer.allocUnsafeSlow(65_536);
    for (const frame of [foreign, buffers.take(100), buffers.take(2_000_000)]) {
      buffers.give(frame);
      expect(buffers.take(frame.length).buffer === frame.buffer && frame.length >= 4096).toBe(false);
    }
  });
  it('keep few', () => {
    const buffers = createFrameBuffers();
    for (const [size, kept] of [[4_096, 8], [131_072, 8], [131_073, 2], [1_048_576, 2]] as const) {
      const lent = Array.from({ length: 12 }, () => buffers.take(size));
      for (const frame of lent) buffers.give(frame);
      const again = Array.from({ length: 12 }, () => buffers.take(size).buffer);
      expect(again.filter((memory) => lent.some((frame) => frame.buffer === memory))).toHaveLength(kept);
    }
  });
});
