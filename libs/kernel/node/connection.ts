/** A socket as the engine sees it. Writes of one turn of the event loop leave in one writev. */
import type { Socket } from 'node:net';
import type { Connection } from '../ports.js';
import { NODE_LIMITS } from './node.limits.js';

const ignore = (): void => undefined;

export function wrapSocket(socket: Socket, peerDistinguishedName: string | null): Connection {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, NODE_LIMITS.tcpKeepAliveMs);
  let corked = false;
  let failure: Error | null = null;
  let closeHandler: (error: Error | null) => void = ignore;
  const uncork = (): void => {
    corked = false;
    socket.uncork();
  };
  socket.on('error', (error) => { failure = error; });
  socket.on('close', () => closeHandler(failure));
  socket.on('end', () => socket.end());
  return {
    remoteAddress: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    remotePort: socket.remotePort ?? 0,
    peerDistinguishedName,
    onData(handler) { socket.on('data', handler); },
    onClose(handler) { closeHandler = handler; },
    onDrain(handler) { socket.on('drain', handler); },
    write(chunks) {
      if (socket.destroyed || !socket.writable) return true;
      if (!corked) {
        corked = true;
        socket.cork();
        setImmediate(uncork);
      }
      for (const chunk of chunks) socket.write(chunk);
      return socket.writableLength <= NODE_LIMITS.socketHighWaterBytes;
    },
    get queuedBytes() { return socket.writableNeedDrain ? socket.writableLength : 0; },
    pause() { socket.pause(); },
    resume() { socket.resume(); },
    end() { socket.end(); },
    destroy() { socket.destroy(); },
  };
}
