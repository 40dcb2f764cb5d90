// Half of a crowd, in a process of its own: opens TLS connections from many loopback addresses, logs each in (or fails to), and keeps those that are in.
// Told over IPC: {open: count, from, login} to begin, 'pause' and 'resume' in between. Says {done} now and then and {finished} at the end.
import { connect } from 'node:tls';
import { encodeRequest, framed, protocol } from './wire.mjs';

const { SaslHandshakeRequest, SaslAuthenticateRequest } = protocol;
const AT_ONCE = 24;
const ADDRESSES = 2_500;
const held = new Set();
let paused = false;
let resume = () => undefined;
const address = (index) => `127.${1 + Math.floor((index % ADDRESSES) / 250)}.1.${1 + (index % 250)}`;

/** Resolves with the code of the login, or 'closed'. */
function enter({ port, secureContext }, index, tokens, keep) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: address(index), secureContext, rejectUnauthorized: false, servername: 'localhost' });
    let bytes = Buffer.alloc(0);
    let answers = 0;
    const timer = setTimeout(() => socket.destroy(), 60_000);
    const settle = (outcome) => { clearTimeout(timer); resolve(outcome); };
    socket.on('error', () => undefined).on('close', () => { held.delete(socket); settle('closed'); });
    socket.on('secureConnect', () => socket.write(tokens));
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
        const frame = bytes.subarray(4, 4 + bytes.readInt32BE(0));
        bytes = Buffer.from(bytes.subarray(4 + bytes.readInt32BE(0)));
        if (++answers < 2) continue;
        const code = frame.readInt16BE(4 + 0);
        if (keep && code === 0) held.add(socket);
        settle(code);
      }
    });
  });
}

async function run({ port, open, from, id, secret, keep }) {
  const { createSecureContext } = await import('node:tls');
  const target = { port, secureContext: createSecureContext() };
  const tokens = Buffer.concat([
    framed(encodeRequest(SaslHandshakeRequest, 1, { mechanism: 'PLAIN' })), framed(encodeRequest(SaslAuthenticateRequest, 1, { authBytes: Buffer.from(`\0${id}\0${secret}`) })),
  ]);
  const outcomes = {};
  let next = 0;
  const one = async () => {
    for (;;) {
      if (paused) await new Promise((go) => { const before = resume; resume = () => { before(); go(); }; });
      // Others may have taken the last ones during the pause.
      if (next >= open) return;
      const outcome = await enter(target, from + next++, tokens, keep);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  process.send({ finished: outcomes, held: held.size });
}

process.on('message', (message) => {
  if (message === 'pause') paused = true;
  else if (message === 'resume') { paused = false; const go = resume; resume = () => undefined; go(); }
  else if (message === 'drop') for (const socket of held) socket.destroy();
  else if (message === 'held') process.send({ held: held.size });
  else void run(message);
});
process.on('disconnect', () => process.exit(0));
