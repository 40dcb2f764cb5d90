/**
 * What the generated codec stands on: a bounds-checked reader over one frame, a writer that passes large byte fields by reference, and
 * the shape of a message codec. int64 is a checked safe integer: beyond 2^53 it is a ProtocolError at this edge (ADR 0001).
 * Strings and arrays are never allocated beyond the bytes that are left.
 */

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

export const EMPTY = Buffer.alloc(0);
/** Uuids are strings in Kafka's own notation: 16 bytes as 22 url-safe base64 characters. */
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

/** What a writer accepts: any field may be left out and then has its default. */
export type Draft<T> = T extends Buffer | string | number | boolean | null | undefined ? T
  : T extends readonly (infer E)[] ? readonly Draft<E>[]
  : { readonly [K in keyof T]?: Draft<T[K]> };

export interface MessageCodec<T> {
  readonly name: string;
  /** Request and response: the API key. Metadata and coordinator records: their type id. Otherwise −1. */
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
  /** First version with compact types and tags; MAX_SAFE_INTEGER for never. */
  readonly flexibleFrom: number;
  read(reader: Reader, version: number): T;
  write(writer: Writer, version: number, value: Draft<T>): void;
  defaults(): T;
}

export function notInVersion(field: string, version: number): ProtocolError {
  return new ProtocolError(`${field} has a value but does not exist in version ${version}`);
}
export function nullNotAllowed(field: string): ProtocolError {
  return new ProtocolError(`${field} is null where null is not allowed`);
}
export function notNull<T>(value: T | null, field: string): T {
  if (value === null) throw nullNotAllowed(field);
  return value;
}

/** A tagged struct whose fields all have their defaults is not written. */
export function sameFields<T extends object>(draft: Draft<T>, defaults: T): boolean {
  return Object.entries(draft).every(([name, value]) => value === undefined || value === defaults[name as keyof T]);
}

export class Reader {
  private at: number;
  private elements = 0;
  /** `elementsMax`: of all arrays together; an element of one byte becomes an object of a hundred, so a frame's length bounds too little. */
  constructor(private readonly buffer: Buffer, start = 0, private readonly end = buffer.length, private readonly elementsMax = Infinity) { this.at = start; }

  get position(): number { return this.at; }
  get remaining(): number { return this.end - this.at; }

  private take(size: number): number {
    const from = this.at;
    if (size < 0 || size > this.end - from) throw new ProtocolError(`${size} bytes wanted, ${this.end - from} left`);
    this.at = from + size;
    return from;
  }
  skip(size: number): void { this.take(size); }
  bool(): boolean { return this.buffer[this.take(1)] !== 0; }
  int8(): number { return this.buffer.readInt8(this.take(1)); }
  int16(): number { return this.buffer.readInt16BE(this.take(2)); }
  uint16(): number { return this.buffer.readUInt16BE(this.take(2)); }
  int32(): number { return this.buffer.readInt32BE(this.take(4)); }
  uint32(): number { return this.buffer.readUInt32BE(this.take(4)); }
  int64(): number {
    const from = this.take(8);
    const value = this.buffer.readInt32BE(from) * 0x1_0000_0000 + this.buffer.readUInt32BE(from + 4);
    if (!Number.isSafeInteger(value)) throw new ProtocolError('int64 beyond 2^53');
    return value;
  }
  float64(): number { return this.buffer.readDoubleBE(this.take(8)); }
  uuid(): string {
    const from = this.take(16);
    return this.buffer.toString('base64url', from, from + 16);
  }
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.take(1)]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw new ProtocolError('varint longer than 32 bits');
  }
  /** Zigzag, as in records. */
  varint(): number {
    const raw = this.uvarint();
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }
  varlong(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.buffer[this.take(1)]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        const signed = BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
        const result = Number(signed);
        if (!Number.isSafeInteger(result)) throw new ProtocolError('varlong beyond 2^53');
        return result;
      }
    }
    throw new ProtocolError('varlong longer than 64 bits');
  }
  private length(flex: boolean, wide: boolean): number {
    const size = flex ? this.uvarint() - 1 : wide ? this.int32() : this.int16();
    if (size < -1 || size > this.end - this.at) throw new ProtocolError(`length ${size} with ${this.end - this.at} bytes left`);
    return size;
  }
  nullableString(flex: boolean): string | null {
    const size = this.length(flex, false);
    if (size < 0) return null;
    const from = this.take(size);
    return this.buffer.toString('utf8', from, from + size);
  }
  string(flex: boolean): string { return notNull(this.nullableString(flex), 'string'); }
  /** A view into the frame, not a copy. */
  nullableBytes(flex: boolean): Buffer | null {
    const size = this.length(flex, true);
    if (size < 0) return null;
    const from = this.take(size);
    return this.buffer.subarray(from, from + size);
  }
  bytes(flex: boolean): Buffer { return notNull(this.nullableBytes(flex), 'bytes'); }
  raw(size: number): Buffer {
    const from = this.take(size);
    return this.buffer.subarray(from, from + size);
  }
  /** −1 for null. An element takes at least one byte, so a length beyond what is left is refused before anything is allocated. */
  arrayLength(flex: boolean): number {
    const length = this.length(flex, true);
    if (length > 0) this.elements += length;
    if (this.elements > this.elementsMax) throw new ProtocolError(`more than ${this.elementsMax} array elements`);
    return length;
  }
  tags(read: (tag: number, size: number) => void): void {
    const count = this.uvarint();
    let previous = -1;
    for (let i = 0; i < count; i++) {
      const tag = this.uvarint();
      if (tag <= previous) throw new ProtocolError('tags out of order');
      previous = tag;
      const size = this.uvarint();
      if (size > this.remaining) throw new ProtocolError(`tag ${tag} of ${size} bytes with ${this.remaining} left`);
      const after = this.at + size;
      read(tag, size);
      if (this.at !== after) throw new ProtocolError(`tag ${tag} did not fill its ${size} bytes`);
    }
  }
  skipTags(): void { this.tags((_tag, size) => this.skip(size)); }
}

const CHUNK_BYTES = 1024;
const CHUNK_BYTES_MAX = 65_536;
/** Byte fields of this size and more are passed by reference instead of being copied. */
const REFERENCE_BYTES = 2048;

export class Writer {
  private readonly chunks: Buffer[] = [];
  private chunk: Buffer;
  private at = 0;
  private finishedBytes = 0;
  constructor(private chunkBytes = CHUNK_BYTES) { this.chunk = Buffer.allocUnsafe(chunkBytes); }

  get sizeBytes(): number { return this.finishedBytes + this.at; }

  private reserve(size: number): number {
    const from = this.at;
    if (from + size > this.chunk.length) return this.grow(size);
    this.at = from + size;
    return from;
  }
  private grow(size: number): number {
    this.seal();
    this.chunkBytes = Math.min(this.chunkBytes * 2, CHUNK_BYTES_MAX);
    this.chunk = Buffer.allocUnsafe(Math.max(size, this.chunkBytes));
    this.at = size;
    return 0;
  }
  private seal(): void {
    if (this.at > 0) this.chunks.push(this.chunk.subarray(0, this.at));
    this.finishedBytes += this.at;
    this.chunk = this.chunk.subarray(this.at);
    this.at = 0;
  }
  // `reserve` may replace the chunk, so it runs before the chunk is named.
  bool(value: boolean): void { const from = this.reserve(1); this.chunk[from] = value ? 1 : 0; }
  int8(value: number): void { const from = this.reserve(1); this.chunk.writeInt8(value, from); }
  int16(value: number): void { const from = this.reserve(2); this.chunk.writeInt16BE(value, from); }
  uint16(value: number): void { const from = this.reserve(2); this.chunk.writeUInt16BE(value, from); }
  int32(value: number): void { const from = this.reserve(4); this.chunk.writeInt32BE(value, from); }
  uint32(value: number): void { const from = this.reserve(4); this.chunk.writeUInt32BE(value, from); }
  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw new ProtocolError(`int64 out of range: ${value}`);
    const from = this.reserve(8);
    this.chunk.writeInt32BE(Math.floor(value / 0x1_0000_0000), from);
    this.chunk.writeUInt32BE(value >>> 0, from + 4);
  }
  float64(value: number): void { const from = this.reserve(8); this.chunk.writeDoubleBE(value, from); }
  uuid(value: string): void {
    const bytes = Buffer.from(value, 'base64url');
    if (bytes.length !== 16) throw new ProtocolError(`not a uuid: '${value}'`);
    this.raw(bytes);
  }
  uvarint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      const from = this.reserve(1);
      this.chunk[from] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    const from = this.reserve(1);
    this.chunk[from] = rest;
  }
  varint(value: number): void { this.uvarint(value < 0 ? -value * 2 - 1 : value * 2); }
  varlong(value: number): void {
    let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
    while (rest >= 0x80n) {
      const from = this.reserve(1);
      this.chunk[from] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    const from = this.reserve(1);
    this.chunk[from] = Number(rest);
  }
  string(value: string, flex: boolean): void {
    const size = Buffer.byteLength(value, 'utf8');
    if (flex) this.uvarint(size + 1);
    else {
      if (size > 0x7fff) throw new ProtocolError(`string of ${size} bytes is longer than 32767`);
      this.int16(size);
    }
    if (size === 0) return;
    const from = this.reserve(size);
    this.chunk.write(value, from, size, 'utf8');
  }
  nullableString(value: string | null, flex: boolean): void {
    if (value !== null) this.string(value, flex);
    else if (flex) this.uvarint(0);
    else this.int16(-1);
  }
  bytes(value: Buffer, flex: boolean): void {
    if (flex) this.uvarint(value.length + 1);
    else this.int32(value.length);
    this.raw(value);
  }
  nullableBytes(value: Buffer | null, flex: boolean): void {
    if (value !== null) this.bytes(value, flex);
    else if (flex) this.uvarint(0);
    else this.int32(-1);
  }
  /** Large buffers are kept by reference: do not change them before the frame is sent. */
  raw(value: Buffer): void {
    if (value.length >= REFERENCE_BYTES) {
      this.seal();
      this.chunks.push(value);
      this.finishedBytes += value.length;
      return;
    }
    if (value.length > 0) {
      const from = this.reserve(value.length);
      value.copy(this.chunk, from);
    }
  }
  arrayLength(length: number, flex: boolean): void {
    if (flex) this.uvarint(length + 1);
    else this.int32(length);
  }
  tags(tags: readonly (readonly [number, (writer: Writer) => void])[]): void {
    this.uvarint(tags.length);
    for (const [tag, write] of tags) {
      const content = new Writer(64);
      write(content);
      this.uvarint(tag);
      this.uvarint(content.sizeBytes);
      for (const chunk of content.finish()) this.raw(chunk);
    }
  }
  finish(): Buffer[] {
    this.seal();
    return this.chunks;
  }
}

/** One message to one buffer; for records and tests. */
export function encode<T>(codec: MessageCodec<T>, version: number, value: Draft<T>): Buffer {
  const writer = new Writer();
  codec.write(writer, version, value);
  const chunks = writer.finish();
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

export function decode<T>(codec: MessageCodec<T>, version: number, bytes: Buffer): T {
  return codec.read(new Reader(bytes), version);
}
