/** xxHash32 with seed 0, the checksum of LZ4 frames. */
const PRIME_1 = 0x9e37_79b1;
const PRIME_2 = 0x85eb_ca77;
const PRIME_3 = 0xc2b2_ae3d;
const PRIME_4 = 0x27d4_eb2f;
const PRIME_5 = 0x1656_67b1;
const STRIPE_BYTES = 16;

const rotated = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
const mixed = (lane: number, word: number): number => Math.imul(rotated((lane + Math.imul(word, PRIME_2)) | 0, 13), PRIME_1);

/** Of the bytes from `start` to `end`, as an unsigned 32-bit number. */
export function xxh32(bytes: Buffer, start = 0, end = bytes.length): number {
  let at = start;
  let hash = PRIME_5 | 0;
  if (end - start >= STRIPE_BYTES) {
    let [a, b, c, d] = [(PRIME_1 + PRIME_2) | 0, PRIME_2 | 0, 0, -PRIME_1 | 0];
    for (; at <= end - STRIPE_BYTES; at += STRIPE_BYTES) {
      a = mixed(a, bytes.readInt32LE(at));
      b = mixed(b, bytes.readInt32LE(at + 4));
      c = mixed(c, bytes.readInt32LE(at + 8));
      d = mixed(d, bytes.readInt32LE(at + 12));
    }
    hash = rotated(a, 1) + rotated(b, 7) + rotated(c, 12) + rotated(d, 18);
  }
  hash = (hash + end - start) | 0;
  for (; at <= end - 4; at += 4) hash = Math.imul(rotated((hash + Math.imul(bytes.readInt32LE(at), PRIME_3)) | 0, 17), PRIME_4);
  for (; at < end; at++) hash = Math.imul(rotated((hash + Math.imul(bytes[at]!, PRIME_5)) | 0, 11), PRIME_1);
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
