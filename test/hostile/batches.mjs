// Record batches that a broker must refuse, or survive: each with a good CRC unless the CRC is the point.
import { gzipSync } from 'node:zlib';
import { createRequire } from 'node:module';
import { protocol } from './wire.mjs';

const { buildBatch, sealBatch, readBatchHeader, Writer, BATCH_OVERHEAD } = protocol;
const { createNodeCpu } = await import('../../dist/libs/kernel/node/cpu.js');

export const cpu = createNodeCpu();
const { compressFrameSync } = createRequire(import.meta.url)('lz4-napi');
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

export const goodBatch = (count = 1, options = {}) => buildBatch(
  Array.from({ length: count }, (_, index) => ({ key: Buffer.from(`key-${index}`), value: Buffer.from(`value-${index}`) })), cpu, { timestampMs: Date.now(), ...options },
);

/** The same batch with other header fields, signed again. */
export function resealed(batch, fields) {
  const copy = Buffer.from(batch);
  sealBatch(copy, { ...readBatchHeader(copy), ...fields }, (bytes) => cpu.crc32c(bytes));
  return copy;
}

function patched(batch, write) {
  const copy = Buffer.from(batch);
  write(copy);
  return copy;
}

/** A batch around any bytes at all as its records section. */
export function batchAround(section, { codec = 'none', count = 1, ...fields } = {}) {
  const batch = Buffer.alloc(BATCH_OVERHEAD + section.length);
  section.copy(batch, BATCH_OVERHEAD);
  const now = Date.now();
  sealBatch(batch, {
    baseOffset: 0, partitionLeaderEpoch: -1, attributes: CODECS.indexOf(codec), lastOffsetDelta: count - 1, baseTimestamp: now, maxTimestamp: now,
    producerId: -1, producerEpoch: -1, baseSequence: -1, count, ...fields,
  }, (bytes) => cpu.crc32c(bytes));
  return batch;
}

/** One record with a value of so many zeros, uncompressed. */
function recordOfZeros(sizeBytes) {
  const head = new Writer();
  head.int8(0);
  head.varlong(0);
  head.varint(0);
  head.varint(1);
  head.raw(Buffer.from('k'));
  head.varint(sizeBytes);
  const body = [...head.finish(), Buffer.alloc(sizeBytes), Buffer.from([0])];
  const length = new Writer();
  length.varint(body.reduce((sum, part) => sum + part.length, 0));
  return Buffer.concat([...length.finish(), ...body]);
}

/** The smallest records there are: 8 bytes each, so that a bomb is one of objects rather than of bytes. */
function tinyRecords(count) {
  const writer = new Writer(65_536);
  for (let index = 0; index < count; index++) {
    const delta = new Writer(16);
    delta.varint(index);
    const bytes = Buffer.concat(delta.finish());
    writer.varint(6 + bytes.length);
    writer.int8(0);
    writer.varint(0);
    writer.raw(bytes);
    writer.varint(1);
    writer.raw(Buffer.from('k'));
    writer.varint(-1);
    writer.varint(0);
  }
  return Buffer.concat(writer.finish());
}

function compressed(codec, plain) {
  if (codec === 'gzip') return gzipSync(plain, { level: 9 });
  if (codec === 'lz4') return compressFrameSync(plain);
  return cpu.compress(codec, plain);
}

/** @returns {{what: string, batch: Buffer}[]} what decompresses to a lot; all of them small enough for max.message.bytes. */
export function bombs() {
  const found = [];
  const sizes = { gzip: [64, 900], snappy: [16], lz4: [64, 200], zstd: [64, 300] };
  for (const [codec, mebibytes] of Object.entries(sizes)) {
    for (const mib of mebibytes) {
      const batch = batchAround(compressed(codec, recordOfZeros(mib * 1024 * 1024)), { codec });
      if (batch.length <= 1_048_000) found.push({ what: `${codec} ${mib} MiB in ${batch.length} bytes`, batch });
    }
  }
  const count = 4_000_000;
  for (const codec of ['gzip', 'zstd']) {
    const section = compressed(codec, tinyRecords(count));
    for (let parts = 1; parts <= 1 && section.length < 1_040_000; parts++) found.push({ what: `${codec} ${count} records in ${section.length} bytes`, batch: batchAround(section, { codec, count }) });
  }
  const few = 250_000;
  for (const codec of ['gzip', 'zstd', 'lz4']) found.push({ what: `${codec} ${few} records`, batch: batchAround(compressed(codec, tinyRecords(few)), { codec, count: few }) });
  return found;
}

/** What is wrong, the batch, and where that isn't for every broker to see: `inside` its records, or `sound` after all. */
export function badBatches() {
  const good = goodBatch(3);
  const header = (fields) => resealed(good, fields);
  const garbage = Buffer.from('this is no compressed data at all, but long enough to look at');
  return [
    ['empty', Buffer.alloc(0)], ['one byte', Buffer.from([0])], ['header cut off', good.subarray(0, 60)], ['records cut off', good.subarray(0, good.length - 3)],
    ['two batches', Buffer.concat([good, good])], ['bytes after it', Buffer.concat([good, Buffer.alloc(5)])], ['bad CRC', patched(good, (batch) => { batch[20] ^= 1; })],
    ['bad payload', patched(good, (batch) => { batch[batch.length - 2] ^= 1; })], ['magic 0', patched(good, (batch) => { batch[16] = 0; })], ['magic 1', patched(good, (batch) => { batch[16] = 1; })],
    ['magic 3', patched(good, (batch) => { batch[16] = 3; })], ['length -1', patched(good, (batch) => { batch.writeInt32BE(-1, 8); })], ['length 2^31-1', patched(good, (batch) => { batch.writeInt32BE(0x7fffffff, 8); })],
    ['length 0', patched(good, (batch) => { batch.writeInt32BE(0, 8); })], ['count 2', header({ count: 2 })], ['count 0', header({ count: 0 })], ['count -1', header({ count: -1, lastOffsetDelta: -2 })],
    ['count above records', header({ count: 5, lastOffsetDelta: 4 }), 'inside'], ['count 2^31-1', header({ count: 0x7fffffff, lastOffsetDelta: 0x7ffffffe })], ['last offset delta 2^31-1', header({ lastOffsetDelta: 0x7fffffff })], ['control', header({ attributes: 0x20 })],
    ['transactional', header({ attributes: 0x10, producerId: 5, producerEpoch: 0, baseSequence: 0 })], ['delete horizon', header({ attributes: 0x40 })], ['codec 5', header({ attributes: 5 })], ['codec 7', header({ attributes: 7 })],
    ['append time', header({ attributes: 8 }), 'sound'], ['base offset 5', header({ baseOffset: 5 })], ['negative base offset', header({ baseOffset: -5 })], ['far future', header({ baseTimestamp: 2 ** 52, maxTimestamp: 2 ** 52 })],
    ['negative time', header({ baseTimestamp: -5, maxTimestamp: -5 }), 'sound'], ['sequence without an id', header({ baseSequence: 7 }), 'sound'], ['id without a sequence', header({ producerId: 7 })],
    ['id without an epoch', header({ producerId: 7, baseSequence: 0 })], ['unknown id', header({ producerId: 2 ** 52, producerEpoch: 32767, baseSequence: 0x7fffffff }), 'sound'],
    ['int64 beyond 2^53', patched(good, (batch) => { batch.writeBigInt64BE(2n ** 62n, 43); })],
    ['nothing', batchAround(Buffer.alloc(0))], ...CODECS.slice(1).flatMap((codec) => [
      [`${codec} of garbage`, batchAround(garbage, { codec }), 'inside'], [`${codec} of nothing`, batchAround(Buffer.alloc(0), { codec }), 'inside'], [`${codec} of garbage inside`, batchAround(compressed(codec, garbage), { codec }), 'inside'],
    ]),
    ['record length 2^31-1', batchAround(Buffer.from('feffffff0f00', 'hex'))], ['record length -1', batchAround(Buffer.from('01', 'hex'))], ['varint of ten bytes', batchAround(Buffer.from('ffffffffffffffffff01', 'hex')), 'inside'],
    ['header count 2^31-1', batchAround(Buffer.from('1400000002610201feffffff0f', 'hex')), 'inside'],
  ];
}
