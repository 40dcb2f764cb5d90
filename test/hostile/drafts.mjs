// Requests of every served key and version with random but valid content, out of the message tables; and bytes that are no longer valid.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseTable } from '../../tools/codec/parse-table.mjs';

/** Mulberry32: the same seed makes the same attack. */
export function createRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, below: (count) => Math.floor(next() * count), pick: (list) => list[Math.floor(next() * list.length)], chance: (probability) => next() < probability };
}

export function readRequests() {
  const directory = fileURLToPath(new URL('../../libs/kafka/protocol/tables', import.meta.url));
  return readdirSync(directory).filter((file) => /^\d/.test(file)).flatMap((file) => parseTable(readFileSync(join(directory, file), 'utf8'))).filter(({ kind }) => kind === 'request');
}

const INTEGERS = { int8: [-128, 127], int16: [-32768, 32767], uint16: [0, 65535], int32: [-2147483648, 2147483647], uint32: [0, 4294967295], int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] };
const STRINGS = ['', 'fuzz-compacted', 'fuzz-zipped', 'fuzz-a', 'fuzz.b', 'group-a', 'consumer', 'range', '1', 'cleanup.policy', 'compact', 'PLAIN', 'User:x', '*', '.', '..', '__proto__', 'constructor', '\u0000', '\u{1f984}', '\ufffd', 'x'.repeat(249), 'y'.repeat(3000), '__consumer_offsets', 'kafka-cluster', '127.0.0.1'];

function integer(random, [low, high]) {
  if (random.chance(0.75)) return Math.max(low, random.below(4) - 1);
  return random.pick([low, high, low + 1, high - 1, 0, Math.min(high, 1_000)]);
}

function scalar(type, random, context) {
  switch (type) {
    case 'bool': return random.chance(0.5);
    case 'string': return random.pick(STRINGS);
    case 'uuid': return random.pick(context.uuids);
    case 'float64': return random.pick([0, -1, NaN, Infinity, 1e300]);
    case 'bytes': return Buffer.from(random.pick(STRINGS));
    case 'records': return random.pick(context.batches);
    default: return integer(random, INTEGERS[type]);
  }
}

function value(field, version, message, random, context) {
  if (field.nullable && version >= field.nullable[0] && version <= field.nullable[1] && random.chance(0.15)) return null;
  if (field.type.startsWith('[]')) return Array.from({ length: random.pick([0, 1, 1, 1, 2, 3]) }, () => single(field, field.type.slice(2), version, message, random, context));
  return single(field, field.type, version, message, random, context);
}

function single(field, type, version, message, random, context) {
  // Partitions that were asked for are no leak: few, or so many that they are refused.
  if (field.name === 'numPartitions' || field.name === 'count') return random.pick([-2147483648, -1, 0, 1, 2, 3, 2147483647]);
  if (field.name === 'maxWaitMs' || field.name === 'timeoutMs') return random.pick([-1, 0, 5, 20]);
  if (field.name === 'clientSoftwareName' || field.name === 'clientSoftwareVersion') return random.pick(['hostile', '1.0', '', '-']);
  const fields = field.fields.length > 0 ? field.fields : message.structs.find(({ name }) => name === type)?.fields;
  return fields === undefined ? scalar(type, random, context) : struct(fields, version, message, random, context);
}

function struct(fields, version, message, random, context) {
  return Object.fromEntries(fields.filter(({ versions: [from, to] }) => version >= from && version <= to).filter(() => !random.chance(0.05)).map((field) => [field.name, value(field, version, message, random, context)]));
}

export const randomDraft = (message, version, random, context) => struct(message.fields, version, message, random, context);

const NASTY = [
  Buffer.from('7fffffff', 'hex'), Buffer.from('80000000', 'hex'), Buffer.from('ffffffff', 'hex'), Buffer.from('ffffffffffffffffffff', 'hex'), Buffer.from('ffffffffff7f', 'hex'),
  Buffer.from('7fff', 'hex'), Buffer.from('8000', 'hex'), Buffer.from('ffff', 'hex'), Buffer.from('00', 'hex'), Buffer.from('ff', 'hex'), Buffer.from('7fffffffffffffff', 'hex'),
];
const MUTATIONS = [
  (bytes, random) => { const at = random.below(bytes.length); bytes[at] ^= 1 << random.below(8); return bytes; },
  (bytes, random) => { bytes[random.below(bytes.length)] = random.pick([0, 1, 127, 128, 255]); return bytes; },
  (bytes, random) => { const nasty = random.pick(NASTY); nasty.copy(bytes, random.below(bytes.length)); return bytes; },
  (bytes, random) => { const at = random.below(bytes.length); return Buffer.concat([bytes.subarray(0, at), random.pick(NASTY), bytes.subarray(at)]); },
  (bytes, random) => { const at = random.below(bytes.length); return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8))]); },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  (bytes, random) => { const at = random.below(bytes.length); const part = bytes.subarray(at, at + random.below(64)); return Buffer.concat([bytes.subarray(0, at), part, part, bytes.subarray(at)]); },
];

/** One to four of them; most leave the header alone, so that the body is reached. */
export function mutate(payload, random) {
  let bytes = Buffer.from(payload);
  const prefixBytes = random.chance(0.9) ? Math.min(8, bytes.length) : 0;
  for (let count = 1 + random.below(4); count > 0; count--) {
    if (bytes.length <= prefixBytes) break;
    bytes = Buffer.concat([bytes.subarray(0, prefixBytes), random.pick(MUTATIONS)(Buffer.from(bytes.subarray(prefixBytes)), random)]);
  }
  return bytes;
}
