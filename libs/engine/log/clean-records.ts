/** Walks the records of one batch without making an object of each: the cleaner asks of most only their key. */
import { ProtocolError } from '#libs/kafka/protocol';

export interface RecordCursor {
  /** The record that was stepped to, its length prefix included: `[start, end)` in the section. */
  readonly start: number;
  readonly end: number;
  readonly timestampDelta: number;
  readonly offsetDelta: number;
  readonly hasValue: boolean;
  /** What follows the length: one byte of attributes, then the timestamp's varint, which ends here. */
  readonly bodyStart: number;
  readonly afterTimestamp: number;
  /** A view; null without a key. */
  key(): Buffer | null;
  /** Steps to the next record; throws ProtocolError where bytes don't add up. */
  next(): void;
}

const VARINT_BYTES_MAX = 10;

class Cursor implements RecordCursor {
  start = 0;
  end = 0;
  timestampDelta = 0;
  offsetDelta = 0;
  hasValue = false;
  bodyStart = 0;
  afterTimestamp = 0;
  private keyStart = 0;
  private keyLength = -1;
  private at = 0;
  constructor(private readonly bytes: Buffer) {}

  /** Zigzag; exact below 2^53, beyond which it throws. */
  private varint(): number {
    const { bytes } = this;
    let raw = 0;
    let scale = 1;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = bytes[this.at++];
      if (byte === undefined) break;
      raw += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (raw > Number.MAX_SAFE_INTEGER) break;
        return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
      }
      scale *= 128;
    }
    throw new ProtocolError('a varint in a record does not add up');
  }

  next(): void {
    this.start = this.at;
    const size = this.varint();
    this.bodyStart = this.at;
    this.end = this.at + size;
    if (size < 0 || this.end > this.bytes.length) throw new ProtocolError(`record of ${size} bytes with ${this.bytes.length - this.at} left`);
    this.at++;
    this.timestampDelta = this.varint();
    this.afterTimestamp = this.at;
    this.offsetDelta = this.varint();
    this.keyLength = this.varint();
    this.keyStart = this.at;
    if (this.keyLength > 0) this.at += this.keyLength;
    this.hasValue = this.varint() >= 0;
    if (this.at > this.end) throw new ProtocolError('record does not fill its length');
    this.at = this.end;
  }

  key(): Buffer | null {
    return this.keyLength < 0 ? null : this.bytes.subarray(this.keyStart, this.keyStart + this.keyLength);
  }
}

export function createRecordCursor(section: Buffer): RecordCursor { return new Cursor(section); }
