/**
 * Key → its last offset, for one pass of the cleaner. Keys are held as digests, 16 bytes, as Kafka does: what matters is how many, not how
 * long they are. Grows in small parts, so that no growth holds a turn up, to a fixed bound; beyond it the pass ends where the map was full.
 */
import { hash } from 'node:crypto';
import { CLEAN_MAP_SHARDS, CLEAN_MAP_SHARDED_FROM_BYTES } from './log.limits.js';

export interface OffsetMap {
  readonly size: number;
  /** Everything up to here was looked at; −1 before. */
  readonly latestOffset: number;
  /** False, and nothing remembered, when there is no room for one more key. Offsets only grow from call to call. */
  put(key: Buffer, offset: number): boolean;
  /** −1: never put. */
  get(key: Buffer): number;
  sawUpTo(offset: number): void;
}

export interface OffsetMapOptions { bufferBytes: number; loadFactor: number }

/** Four words of digest, two of offset + 1; a slot with offset 0 is free. */
const SLOT_WORDS = 6;
const SLOT_BYTES = SLOT_WORDS * 4;
const SLOTS_MIN = 16;
const GROWTH = 1.5;
const LOAD_BEFORE_GROWTH = 0.75;

interface Shard { words: Int32Array; slots: number; used: number }

/** MD5 as Kafka's default: fast in OpenSSL, and who could make two keys collide could as well write to the one that he means. */
const digest = new Int32Array(4);
function digestOf(key: Buffer): void {
  const text = hash('md5', key, 'latin1' as 'hex');
  for (let word = 0; word < 4; word++) {
    const at = word * 4;
    digest[word] = (text.charCodeAt(at) << 24) | (text.charCodeAt(at + 1) << 16) | (text.charCodeAt(at + 2) << 8) | text.charCodeAt(at + 3);
  }
}

/** Index of the word at which the digest's slot begins, or the free one where it would. There is always a free one. */
function find({ words, slots }: Shard, d0: number, d1: number, d2: number, d3: number): number {
  let slot = (d1 >>> 0) % slots;
  for (;;) {
    const at = slot * SLOT_WORDS;
    if ((words[at + 4] === 0 && words[at + 5] === 0) || (words[at] === d0 && words[at + 1] === d1 && words[at + 2] === d2 && words[at + 3] === d3)) return at;
    slot = slot + 1 === slots ? 0 : slot + 1;
  }
}

function grow(shard: Shard, slotsMax: number): void {
  const old = shard.words;
  shard.slots = Math.min(slotsMax, Math.max(SLOTS_MIN, Math.ceil(shard.slots * GROWTH)));
  shard.words = new Int32Array(shard.slots * SLOT_WORDS);
  for (let at = 0; at < old.length; at += SLOT_WORDS) {
    if (old[at + 4] === 0 && old[at + 5] === 0) continue;
    shard.words.set(old.subarray(at, at + SLOT_WORDS), find(shard, old[at]!, old[at + 1]!, old[at + 2]!, old[at + 3]!));
  }
}

function offsetIn(words: Int32Array, at: number): number {
  return words[at + 4]! * 0x1_0000_0000 + (words[at + 5]! >>> 0) - 1;
}

export function createOffsetMap({ bufferBytes, loadFactor }: OffsetMapOptions): OffsetMap {
  const shardCount = bufferBytes >= CLEAN_MAP_SHARDED_FROM_BYTES ? CLEAN_MAP_SHARDS : 1;
  const slotsMax = Math.max(2, Math.floor(bufferBytes / SLOT_BYTES / shardCount));
  const usedMax = Math.max(1, Math.min(slotsMax - 1, Math.floor(slotsMax * loadFactor)));
  const shards: Shard[] = Array.from({ length: shardCount }, () => ({ words: new Int32Array(0), slots: 0, used: 0 }));
  let size = 0;
  let latestOffset = -1;
  const shardOf = (): Shard => shards[(digest[0]! >>> 0) % shardCount]!;
  return {
    get size() { return size; },
    get latestOffset() { return latestOffset; },
    put(key, offset) {
      digestOf(key);
      const shard = shardOf();
      if (shard.slots < slotsMax && shard.used >= Math.floor(shard.slots * LOAD_BEFORE_GROWTH)) grow(shard, slotsMax);
      const at = find(shard, digest[0]!, digest[1]!, digest[2]!, digest[3]!);
      const { words } = shard;
      if (words[at + 4] === 0 && words[at + 5] === 0) {
        if (shard.used >= usedMax) return false;
        words.set(digest, at);
        shard.used++;
        size++;
      }
      words[at + 4] = Math.floor((offset + 1) / 0x1_0000_0000);
      words[at + 5] = (offset + 1) >>> 0;
      return true;
    },
    get(key) {
      digestOf(key);
      const shard = shardOf();
      return shard.slots === 0 ? -1 : offsetIn(shard.words, find(shard, digest[0]!, digest[1]!, digest[2]!, digest[3]!));
    },
    sawUpTo(offset) { latestOffset = Math.max(latestOffset, offset); },
  };
}
