/** What LZ4 and Snappy are made of: bytes as they stand, and bytes that came before. Callers check every bound. */

/** Below it a loop costs less than the call that copies. */
const CALL_BYTES_MIN = 32;

/** `length` bytes of `from` to `to`; answers where it ends there. */
export function copyLiterals(from: Buffer, start: number, length: number, to: Buffer, at: number): number {
  const end = at + length;
  if (length < CALL_BYTES_MIN) for (let index = at, source = start; index < end; index++, source++) to[index] = from[source]!;
  else to.set(from.subarray(start, start + length), at);
  return end;
}

/** `length` bytes again that stand `distance` before `at`; what is written here counts when the two overlap. */
export function repeatBytes(bytes: Buffer, at: number, distance: number, length: number): number {
  const end = at + length;
  const start = at - distance;
  if (length < CALL_BYTES_MIN) {
    for (let index = at, source = start; index < end; index++, source++) bytes[index] = bytes[source]!;
    return end;
  }
  // Whatever stands between the two is the pattern, whole times: each copy may be twice as long.
  for (let index = at; index < end;) {
    const size = Math.min(index - start, end - index);
    bytes.copyWithin(index, start, start + size);
    index += size;
  }
  return end;
}
