// Questions on the data path: Produce, Fetch, ListOffsets, OffsetForLeaderEpoch, DeleteRecords, InitProducerId.
import { nodeEnv, P } from '../product.mjs';

const { cpu } = nodeEnv;
// Lately: what is older falls to retention and to the expiry of producers.
const TIME = Date.now() - 300_000;
const record = (i) => ({ key: Buffer.from(`k${i}`), value: Buffer.from(`value ${i}`), headers: [{ key: 'h', value: Buffer.from([i]) }], timestamp: TIME + i });
export const batch = (count, more = {}) => P.buildBatch(Array.from({ length: count }, (_, i) => record(i)), cpu, { timestampMs: TIME, ...more });

const topicOf = (v, from, state, name) => (v >= from ? { topicId: state.topicId[name] ?? state.unknownId } : { name });
const producing = (v, state, name, partitions, more = {}) => ({ transactionalId: null, acks: -1, timeoutMs: 5000, topicData: [{ ...topicOf(v, 13, state, name), partitionData: partitions }], ...more });

function damaged(change) {
  const bytes = Buffer.from(batch(2));
  change(bytes);
  return bytes;
}
function resealed(change) {
  const bytes = Buffer.from(batch(2));
  change(bytes);
  bytes.writeUInt32BE(cpu.crc32c(bytes.subarray(P.CRC_START)) >>> 0, 17);
  return bytes;
}

async function produce({ ask, v, state }) {
  const one = (name, index, records, more) => producing(v, state, name, [{ index, records }], more);
  await ask('Produce', one('written', 0, batch(3)), 'acks=all');
  await ask('Produce', one('written', 0, batch(1), { acks: 1 }), 'acks=1');
  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) await ask('Produce', one('written', 0, batch(3, { codec })), codec);
  await ask('Produce', producing(v, state, 'written', [{ index: 0, records: batch(1) }, { index: 7, records: batch(1) }, { index: 1, records: batch(1) }]), 'one good partition, one unknown');
  await ask('Produce', one('nowhere', 0, batch(1)), 'unknown topic');
  await ask('Produce', one('written', -1, batch(1)), 'partition -1');
  await ask('Produce', one('written', 0, batch(1), { acks: 2 }), 'acks=2');
  await ask('Produce', one('written', 0, batch(1), { acks: -2 }), 'acks=-2');
  await ask('Produce', one('written', 0, batch(1), { transactionalId: 'tx' }), 'a transactional id without a transaction');
  await ask('Produce', one('written', 0, Buffer.alloc(0)), 'empty records');
  await ask('Produce', one('written', 0, damaged((b) => { b[70] ^= 1; })), 'a wrong CRC');
  await ask('Produce', one('written', 0, damaged((b) => { b.writeInt8(1, 16); })), 'magic 1');
  await ask('Produce', one('written', 0, damaged((b) => { b.writeInt8(3, 16); })), 'magic 3');
  await ask('Produce', one('written', 0, batch(2).subarray(0, 80)), 'a cut batch');
  await ask('Produce', one('written', 0, Buffer.concat([batch(1), batch(1)])), 'two batches');
  await ask('Produce', one('written', 0, resealed((b) => b.writeInt32BE(5, 57))), 'a count that is not its records\'');
  await ask('Produce', one('written', 0, resealed((b) => b.writeInt32BE(5, 23))), 'a last offset delta that is not its records\'');
  await ask('Produce', one('spoiled', 0, resealed((b) => { b.writeInt32BE(0x7fffffff, 57); b.writeInt32BE(0x7ffffffe, 23); })), 'more records than there is room for');
  await ask('Produce', one('spoiled', 0, resealed((b) => { b.writeInt32BE(5, 57); b.writeInt32BE(4, 23); })), 'unsound inside: fewer records than it says');
  await ask('Produce', one('spoiled', 0, resealed((b) => { b.writeInt32BE(1, 57); b.writeInt32BE(0, 23); })), 'unsound inside: more records than it says');
  await ask('Produce', one('spoiled', 0, resealed((b) => b.writeInt16BE(1, 21))), 'unsound inside: not of the codec that it says');
  await ask('Produce', one('written', 0, resealed((b) => b.writeInt16BE(7, 21))), 'an unknown codec');
  await ask('Produce', one('written', 0, resealed((b) => b.writeInt16BE(0x20, 21))), 'a control batch');
  await ask('Produce', one('written', 0, batch(1, { transactional: true, producerId: 5, producerEpoch: 0, baseSequence: 0 })), 'a transactional batch');
  await ask('Produce', one('small', 0, batch(50)), 'a batch above max.message.bytes');
  await ask('Produce', one('compacted', 0, P.buildBatch([{ key: null, value: Buffer.from('x') }], cpu, { timestampMs: TIME })), 'no key for a compacted topic');
  await ask('Produce', one('stamped', 0, batch(2)), 'log append time');
  await ask('Produce', one('current', 0, batch(2)), 'a timestamp that is too old');
  await ask('Produce', { transactionalId: null, acks: -1, timeoutMs: 5000, topicData: [] }, 'no topics');
  await ask('Produce', producing(v, state, 'written', []), 'no partitions');
  const { producerId, producerEpoch } = await ask.producer();
  const idempotent = (baseSequence, count = 2, epoch = producerEpoch) => one('sequenced', 0, batch(count, { producerId, producerEpoch: epoch, baseSequence }));
  await ask('Produce', idempotent(0), 'idempotent, first batch');
  await ask('Produce', idempotent(2), 'idempotent, second batch');
  await ask('Produce', idempotent(0), 'idempotent, the first again');
  await ask('Produce', idempotent(9), 'idempotent, a gap');
  await ask('Produce', idempotent(2, 1), 'idempotent, an old sequence of another length');
  await ask('Produce', idempotent(0, 2, producerEpoch + 1), 'idempotent, a new epoch');
  await ask('Produce', idempotent(4, 2, producerEpoch), 'idempotent, an old epoch');
  await ask('Produce', one('sequenced', 0, batch(2, { producerId: 987654, producerEpoch: 0, baseSequence: 7 })), 'idempotent, an unknown producer in the middle');
  await ask('Produce', one('sequenced', 0, Buffer.concat([batch(1, { producerId, producerEpoch: 5, baseSequence: 0 }), batch(1, { producerId, producerEpoch: 5, baseSequence: 1 })])), 'idempotent, two batches');
}

async function fetch({ ask, v, state }) {
  const topic = (name) => (v >= 13 ? { topicId: state.topicId[name] ?? state.unknownId } : { topic: name });
  const one = (name, partition, more = {}, top = {}) => ({ maxWaitMs: 0, minBytes: 0, maxBytes: 1 << 20, topics: [{ ...topic(name), partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20, ...more }] }], ...top });
  await ask('Fetch', one('orders', 0), 'from 0');
  await ask('Fetch', one('orders', 0, { fetchOffset: 3 }), 'in the middle of a batch');
  await ask('Fetch', one('orders', 0, { partitionMaxBytes: 1 }), 'one byte: the first batch whole');
  await ask('Fetch', one('orders', 0, {}, { maxBytes: 1 }), 'one byte in all');
  await ask('Fetch', one('orders', 0, {}, { maxBytes: 0 }), 'no byte in all');
  await ask('Fetch', one('orders', 0, { fetchOffset: 8 }), 'at the end');
  await ask('Fetch', one('orders', 0, { fetchOffset: 9 }), 'past the end');
  await ask('Fetch', one('orders', 0, { fetchOffset: -1 }), 'offset -1');
  await ask('Fetch', one('orders', 9), 'unknown partition');
  await ask('Fetch', one('nowhere', 0), 'unknown topic');
  await ask('Fetch', one('orders', 0, {}, { isolationLevel: 1 }), 'read_committed');
  await ask('Fetch', one('orders', 1), 'empty partition');
  await ask('Fetch', one('trimmed', 0), 'below the log start');
  await ask('Fetch', one('trimmed', 0, { fetchOffset: 3 }), 'from the log start, inside a batch');
  await ask('Fetch', { ...one('orders', 0), topics: [...one('orders', 0).topics, ...one('trimmed', 0, { fetchOffset: 2 }).topics, ...one('nowhere', 0).topics] }, 'good, old and unknown');
  if (v >= 9) await ask('Fetch', one('orders', 0, { currentLeaderEpoch: 5 }), 'a leader epoch ahead');
  if (v >= 12) await ask('Fetch', one('orders', 0, { lastFetchedEpoch: 3, fetchOffset: 8 }), 'a last fetched epoch that never was');
  if (v >= 11) await ask('Fetch', one('orders', 0, {}, { rackId: 'r1' }), 'a rack');
  await ask('Fetch', one('orders', 0, { fetchOffset: 8 }, { maxWaitMs: 20, minBytes: 1 }), 'waiting in vain');
  await ask('Fetch', { maxWaitMs: 0, minBytes: 0, maxBytes: 1 << 20, topics: [] }, 'no topics');
  if (v < 7) return;
  const first = await ask('Fetch', one('orders', 0, {}, { sessionId: 0, sessionEpoch: 0 }), 'a new session');
  const next = { maxWaitMs: 0, minBytes: 0, maxBytes: 1 << 20, sessionId: first.sessionId, topics: [] };
  await ask('Fetch', { ...next, sessionEpoch: 1 }, 'a session\'s second fetch');
  await ask('Fetch', { ...next, ...one('orders', 0, { fetchOffset: 8 }), sessionId: first.sessionId, sessionEpoch: 2 }, 'a session, from the end');
  await ask('Fetch', { ...next, ...one('trimmed', 0, { fetchOffset: 4 }), sessionId: first.sessionId, sessionEpoch: 3 }, 'a session with one more');
  await ask('Fetch', { ...next, sessionEpoch: 4, forgottenTopicsData: [{ ...topic('trimmed'), partitions: [0] }] }, 'a session, one forgotten');
  await ask('Fetch', { ...next, ...one('nowhere', 0), sessionId: first.sessionId, sessionEpoch: 5 }, 'a session with an unknown topic');
  await ask('Fetch', { ...next, sessionEpoch: 9 }, 'a session, epoch ahead');
  await ask('Fetch', { ...next, sessionId: 123456, sessionEpoch: 1 }, 'an unknown session');
  await ask('Fetch', { ...next, sessionEpoch: -1 }, 'a session\'s end');
  await ask('Fetch', { ...next, sessionEpoch: 6 }, 'after its end');
}

async function listOffsets({ ask, v }) {
  const one = (name, partitionIndex, timestamp, more = {}, top = {}) => ({ replicaId: -1, topics: [{ name, partitions: [{ partitionIndex, timestamp, ...more }] }], ...top });
  for (const [what, timestamp] of [['latest', -1], ['earliest', -2], ['max timestamp', -3], ['earliest local', -4], ['latest tiered', -5], ['earliest pending upload', -6], ['-7', -7], ['0', 0], ['the first', TIME], ['between', TIME + 1], ['the last', TIME + 4], ['after all', TIME + 99]]) {
    await ask('ListOffsets', one('orders', 0, timestamp), what);
  }
  await ask('ListOffsets', one('orders', 1, -3), 'max timestamp of an empty partition');
  await ask('ListOffsets', one('orders', 1, 0), 'by time in an empty partition');
  await ask('ListOffsets', one('orders', 0, -1, {}, v >= 2 ? { isolationLevel: 1 } : {}), 'read_committed');
  await ask('ListOffsets', one('trimmed', 0, -2), 'earliest after DeleteRecords');
  await ask('ListOffsets', one('trimmed', 0, 0), 'by time after DeleteRecords');
  await ask('ListOffsets', one('nowhere', 0, -1), 'unknown topic');
  await ask('ListOffsets', one('orders', 9, -1), 'unknown partition');
  await ask('ListOffsets', { replicaId: -1, topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -1 }, { partitionIndex: 0, timestamp: -2 }] }] }, 'a partition twice');
  await ask('ListOffsets', { replicaId: -1, topics: [] }, 'nothing');
  if (v >= 4) await ask('ListOffsets', one('orders', 0, -1, { currentLeaderEpoch: 7 }), 'a leader epoch ahead');
  if (v >= 4) await ask('ListOffsets', one('orders', 0, -1, { currentLeaderEpoch: 0 }), 'the leader epoch');
}

async function offsetForLeaderEpoch({ ask }) {
  const one = (topic, partition, leaderEpoch, currentLeaderEpoch = -1) => ({ replicaId: -1, topics: [{ topic, partitions: [{ partition, currentLeaderEpoch, leaderEpoch }] }] });
  await ask('OffsetForLeaderEpoch', one('orders', 0, 0), 'the epoch');
  await ask('OffsetForLeaderEpoch', one('orders', 0, 5), 'an epoch ahead');
  await ask('OffsetForLeaderEpoch', one('orders', 0, -1), 'epoch -1');
  await ask('OffsetForLeaderEpoch', one('orders', 1, 0), 'an empty partition');
  await ask('OffsetForLeaderEpoch', one('orders', 0, 0, 5), 'a current epoch ahead');
  await ask('OffsetForLeaderEpoch', one('nowhere', 0, 0), 'unknown topic');
  await ask('OffsetForLeaderEpoch', one('orders', 9, 0), 'unknown partition');
}

async function deleteRecords({ ask, v, name }) {
  await ask.topic(name, 2);
  await ask.quietly('Produce', 9, { acks: -1, timeoutMs: 5000, topicData: [{ name, partitionData: [{ index: 0, records: batch(5) }] }] });
  const one = (topic, partitionIndex, offset) => ({ topics: [{ name: topic, partitions: [{ partitionIndex, offset }] }], timeoutMs: 5000 });
  await ask('DeleteRecords', one(name, 0, 2), 'to 2');
  await ask('DeleteRecords', one(name, 0, 1), 'to 1, already gone');
  await ask('DeleteRecords', one(name, 0, 9), 'past the end');
  await ask('DeleteRecords', one(name, 0, -2), 'offset -2');
  await ask('DeleteRecords', one(name, 0, -1), 'all');
  await ask('DeleteRecords', one(name, 1, -1), 'an empty partition');
  await ask('DeleteRecords', one(name, 7, 0), 'unknown partition');
  await ask('DeleteRecords', one('nowhere', 0, 0), 'unknown topic');
  await ask('DeleteRecords', one('__consumer_offsets', 0, 0), 'an internal topic');
  await ask('DeleteRecords', { topics: [], timeoutMs: 1000 }, 'nothing');
  if (v === 2) await ask('DeleteRecords', one('compacted', 0, 0), 'a compacted topic');
}

async function initProducerId({ ask, v }) {
  await ask('InitProducerId', { transactionalId: null, transactionTimeoutMs: 60_000 }, 'idempotent');
  await ask('InitProducerId', { transactionalId: null, transactionTimeoutMs: -1 }, 'idempotent, no timeout');
  await ask('InitProducerId', { transactionalId: '', transactionTimeoutMs: 60_000 }, 'an empty transactional id');
  if (v >= 3) await ask('InitProducerId', { transactionalId: null, transactionTimeoutMs: 60_000, producerId: 5, producerEpoch: 1 }, 'idempotent with an id');
  if (v >= 3) await ask('InitProducerId', { transactionalId: null, transactionTimeoutMs: 60_000, producerId: 5, producerEpoch: -1 }, 'an id without an epoch');
}

export const dataQuestions = { Produce: produce, Fetch: fetch, ListOffsets: listOffsets, OffsetForLeaderEpoch: offsetForLeaderEpoch, DeleteRecords: deleteRecords, InitProducerId: initProducerId };
