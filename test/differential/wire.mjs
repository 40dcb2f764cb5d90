// Requests of any version as bytes, and their answers decoded, over one plain connection: nothing is negotiated, so that a broker's edges can be asked too.
import { connect } from 'node:net';

const { Reader, Writer } = await import('../../dist/libs/kafka/protocol/index.js');

export function encodeRequest(codec, version, correlationId, clientId, draft) {
  const writer = new Writer();
  writer.int16(codec.apiKey);
  writer.int16(version);
  writer.int32(correlationId);
  writer.nullableString(clientId, false);
  if (version >= codec.flexibleFrom) writer.uvarint(0);
  codec.write(writer, version, draft);
  const size = Buffer.alloc(4);
  size.writeInt32BE(writer.sizeBytes);
  return Buffer.concat([size, ...writer.finish()]);
}

export function decodeAnswer(codec, version, frame) {
  const reader = new Reader(frame, 4);
  if (version >= codec.flexibleFrom && codec.name !== 'ApiVersionsResponse') reader.skipTags();
  const answer = codec.read(reader, version);
  if (reader.remaining) throw new Error(`${reader.remaining} bytes after ${codec.name} v${version}`);
  return answer;
}

/** Answers come in the order of requests, as the protocol promises. A closed connection opens anew at the next request. */
export function createSender(port, { clientId = 'differential', timeoutMs = 4_000 } = {}) {
  let socket = null;
  let waiting = [];
  let held = Buffer.alloc(0);
  let correlation = 0;
  const settle = (outcome) => { for (const one of waiting.splice(0)) one(outcome); };

  function open() {
    if (socket) return;
    const own = connect(port, '127.0.0.1');
    socket = own;
    held = Buffer.alloc(0);
    own.setNoDelay(true);
    own.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
        const end = 4 + held.readInt32BE(0);
        waiting.shift()?.(held.subarray(4, end));
        held = held.subarray(end);
      }
    });
    const gone = () => { if (socket === own) { socket = null; settle('closed'); } };
    own.on('error', gone).on('close', gone);
  }

  function exchange(bytes, waitMs = timeoutMs) {
    open();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        resolve('no answer');
        const late = socket;
        socket = null;
        waiting = [];
        late?.destroy();
      }, waitMs);
      waiting.push((outcome) => { clearTimeout(timer); resolve(outcome); });
      socket.write(bytes);
    });
  }
  return {
    exchange,
    /** The decoded answer, or 'closed' or 'no answer'. Throws ProtocolError when the draft can't be said in this version. */
    async send(request, response, version, draft, waitMs) {
      const outcome = await exchange(encodeRequest(request, version, ++correlation, clientId, draft), waitMs);
      return typeof outcome === 'string' ? outcome : decodeAnswer(response, version, outcome);
    },
    /** For what has no answer (acks=0). */
    write(request, version, draft) { open(); socket.write(encodeRequest(request, version, ++correlation, clientId, draft)); },
    close() { socket?.destroy(); },
  };
}
