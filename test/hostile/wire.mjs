// Connections for attackers and for one well-behaved client: bytes out, frames in, over TCP or TLS.
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

export const protocol = await import('../../dist/libs/kafka/protocol/index.js');
const { Reader, Writer } = protocol;

export function framed(payload, size = payload.length) {
  const length = Buffer.alloc(4);
  length.writeInt32BE(size | 0);
  return Buffer.concat([length, payload]);
}

export function header(apiKey, version, { correlationId = 1, clientId = 'hostile', flexible = false } = {}) {
  const writer = new Writer();
  writer.int16(apiKey);
  writer.int16(version);
  writer.int32(correlationId);
  writer.nullableString(clientId, false);
  if (flexible) writer.uvarint(0);
  return Buffer.concat(writer.finish());
}

/** Header and body, without the length. */
export function encodeRequest(codec, version, draft, correlationId = 1) {
  const writer = new Writer();
  codec.write(writer, version, draft);
  return Buffer.concat([header(codec.apiKey, version, { correlationId, flexible: version >= codec.flexibleFrom }), ...writer.finish()]);
}

export function decodeAnswer(codec, version, frame) {
  const reader = new Reader(frame, 4);
  if (version >= codec.flexibleFrom && codec.name !== 'ApiVersionsResponse') reader.skipTags();
  return codec.read(reader, version);
}

/** One connection. `answer` gives the next frame, 'closed' or 'silent'. */
export function open(port, { tls = null } = {}) {
  const socket = tls === null ? connectTcp(port, '127.0.0.1') : connectTls({ port, host: '127.0.0.1', servername: 'localhost', ...tls });
  const frames = [];
  let chunks = [];
  let held = 0;
  let wanted = null;
  let waiter = null;
  let closed = false;
  socket.setNoDelay?.(true);
  const settle = (outcome) => { const given = waiter; waiter = null; given?.(outcome); };
  const cut = () => {
    for (;;) {
      if (held < (wanted ?? 4)) return;
      const whole = Buffer.concat(chunks);
      if (wanted === null) { wanted = 4 + whole.readInt32BE(0); chunks = [whole]; continue; }
      frames.push(whole.subarray(4, wanted));
      chunks = [whole.subarray(wanted)];
      held -= wanted;
      wanted = null;
      if (waiter) settle(frames.shift());
    }
  };
  socket.on('data', (chunk) => { chunks.push(chunk); held += chunk.length; cut(); });
  const gone = () => { closed = true; settle('closed'); };
  socket.on('error', gone).on('close', gone);
  return {
    socket,
    get closed() { return closed; },
    get receivedBytes() { return held; },
    write(bytes) { if (!closed) socket.write(bytes); },
    answer(waitMs) {
      if (frames.length > 0) return Promise.resolve(frames.shift());
      if (closed) return Promise.resolve('closed');
      return new Promise((resolve) => {
        const timer = setTimeout(() => settle('silent'), waitMs);
        waiter = (outcome) => { clearTimeout(timer); resolve(outcome); };
      });
    },
    destroy() { socket.destroy(); },
  };
}

/** The well-behaved client: one request after another on one connection that opens again when it was lost. */
export function createClient(port, { tls = null, login = null } = {}) {
  let connection = null;
  let correlationId = 0;
  async function exchange(request, response, version, draft, waitMs) {
    connection.write(framed(encodeRequest(request, version, draft, ++correlationId)));
    const outcome = await connection.answer(waitMs);
    if (typeof outcome === 'string') {
      connection.destroy();
      connection = null;
      throw new Error(`${request.name ?? request.apiKey} v${version}: ${outcome}`);
    }
    return decodeAnswer(response, version, outcome);
  }
  return {
    async send(name, version, draft, waitMs = 10_000) {
      if (connection === null || connection.closed) {
        connection = open(port, { tls });
        if (login !== null) await login(exchange);
      }
      return exchange(protocol[`${name}Request`], protocol[`${name}Response`], version, draft, waitMs);
    },
    get connection() { return connection; },
    close() { connection?.destroy(); connection = null; },
  };
}

export const plainLogin = ({ id, secret }) => async (exchange) => {
  const { SaslHandshakeRequest, SaslHandshakeResponse, SaslAuthenticateRequest, SaslAuthenticateResponse } = protocol;
  await exchange(SaslHandshakeRequest, SaslHandshakeResponse, 1, { mechanism: 'PLAIN' }, 10_000);
  const { errorCode, errorMessage } = await exchange(SaslAuthenticateRequest, SaslAuthenticateResponse, 2, { authBytes: Buffer.from(`\0${id}\0${secret}`) }, 10_000);
  if (errorCode !== 0) throw new Error(`login: ${errorCode} ${errorMessage}`);
};
