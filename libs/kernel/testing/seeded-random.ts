/** A small deterministic generator (splitmix32 steps): the same seed gives the same draws on every machine. */
import type { Random } from '../ports.js';

export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return {
    int(below) {
      if (below <= 0x1_0000_0000) return Math.floor((next() / 0x1_0000_0000) * below);
      const wide = (next() & 0x1f_ffff) * 0x1_0000_0000 + next();
      return Math.floor((wide / 2 ** 53) * below);
    },
    bytes(length) {
      const bytes = Buffer.allocUnsafe(length);
      for (let i = 0; i < length; i++) bytes[i] = next() & 0xff;
      return bytes;
    },
  };
}
