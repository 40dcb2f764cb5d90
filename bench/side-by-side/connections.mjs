// Many plain connections that each have asked for the broker's versions, all open at the same time.
import { connect } from 'node:net';

const AT_ONCE = 100;
const TIMEOUT_MS = 30_000;

/** ApiVersions version 0, correlation 1, no client id. */
const ASK = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);

function openOne(port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write(ASK));
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('closed by the broker')));
    socket.once('data', () => resolve(socket));
  });
}

export async function openConnections(port, count) {
  const sockets = [];
  const began = performance.now();
  const worker = async () => { for (let next = left--; next > 0; next = left--) sockets.push(await openOne(port)); };
  let left = count;
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const seconds = (performance.now() - began) / 1_000;
  return {
    seconds,
    async close() {
      await Promise.all(sockets.map((socket) => new Promise((resolve) => {
        socket.removeAllListeners('close').once('close', resolve);
        socket.destroy();
      })));
    },
  };
}
