// Producers and readers without mercy, in a process of their own. Told over IPC: {port, producers, readers, deaf, batch, inFlight}; 'stop'. Says {mebibytes} acknowledged
// a second, and {refused}: requests answered with an error, connections closed.
import { setTimeout as sleep } from 'node:timers/promises';
import { cpu } from './batches.mjs';
import { encodeRequest, framed, open, protocol } from './wire.mjs';

const MIB = 1024 * 1024;
let over = false;
let acknowledged = 0;
const refused = {};
const count = (what) => { refused[what] = (refused[what] ?? 0) + 1; };

async function produce(port, partition, batch, inFlight) {
  const request = framed(encodeRequest(protocol.ProduceRequest, 9, { acks: -1, timeoutMs: 30_000, topicData: [{ name: 'load', partitionData: [{ index: partition, records: batch }] }] }));
  while (!over) {
    const connection = open(port);
    let out = 0;
    while (!over && !connection.closed) {
      while (out < inFlight) { connection.write(request); out++; }
      const answer = await connection.answer(60_000);
      if (typeof answer === 'string') { if (!over) count(answer); break; }
      out--;
      const reader = new protocol.Reader(answer, 4);
      reader.skipTags();
      const { errorCode } = protocol.ProduceResponse.read(reader, 9).responses[0].partitionResponses[0];
      if (errorCode === 0) acknowledged += batch.length;
      else count(protocol.errorName(errorCode));
    }
    connection.destroy();
    await sleep(50);
  }
}

const readAll = (partition) => framed(encodeRequest(protocol.FetchRequest, 11, {
  replicaId: -1, maxWaitMs: 100, minBytes: 1, maxBytes: 0x7fffffff, sessionEpoch: -1, topics: [{ topic: 'load', partitions: [{ partition, currentLeaderEpoch: -1, fetchOffset: 0, logStartOffset: -1, partitionMaxBytes: 0x7fffffff }] }],
}));

/** Asks for all there is again and again; a deaf one never takes it. */
async function read(port, partition, deaf) {
  while (!over) {
    const connection = open(port);
    if (deaf) {
      connection.socket.pause();
      for (let index = 0; index < 20; index++) connection.write(readAll(partition));
      await sleep(3_000);
    } else {
      while (!over && !connection.closed) {
        connection.write(readAll(partition));
        const answer = await connection.answer(60_000);
        if (typeof answer === 'string') { if (!over) count(`reader ${answer}`); break; }
      }
    }
    connection.destroy();
    await sleep(50);
  }
}

process.on('message', (message) => {
  if (message === 'stop') { over = true; setTimeout(() => process.exit(0), 500); return; }
  const { port, producers, readers, deaf, batchBytes, inFlight, partitions } = message;
  const batch = protocol.buildBatch([{ key: null, value: Buffer.alloc(batchBytes, 'x') }], cpu, { timestampMs: Date.now() });
  for (let index = 0; index < producers; index++) void produce(port, index % partitions, batch, inFlight);
  for (let index = 0; index < readers; index++) void read(port, index % partitions, false);
  for (let index = 0; index < deaf; index++) void read(port, index % partitions, true);
  setInterval(() => { process.send({ mebibytes: acknowledged / MIB, refused }); acknowledged = 0; }, 1_000).unref();
});
process.on('disconnect', () => process.exit(0));
