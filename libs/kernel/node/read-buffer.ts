/**
 * One buffer that all sockets are read into. Node allocates 64 KiB for each read of a socket and hands them over; at hundreds of MB/s
 * their number alone has the collector walk the whole heap many times a second. `net.connect` takes a buffer of one's own (`onread`), a server
 * gives its sockets none, though they are the same class: the symbols under which the class keeps that option are looked up. Where they are
 * missing a socket is read as usual; a spec tells of a Node that moved them.
 */
import type { Socket } from 'node:net';
import { NODE_LIMITS } from './node.limits.js';

interface Handle { useUserBuffer?(buffer: Uint8Array): void }
interface OptionSlots { buffer: symbol; callback: symbol }

let slots: OptionSlots | null | undefined;
let shared: Buffer | null = null;

function findSlots(socket: Socket): OptionSlots | null {
  const named = (name: string): symbol | undefined => Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === name);
  const buffer = named('kBuffer');
  const callback = named('kBufferCb');
  return buffer === undefined || callback === undefined ? null : { buffer, callback };
}

/** Has the socket read into the shared buffer; the handler's chunk is a view of it. False, and nothing changed, where that isn't possible. */
export function readIntoShared(socket: Socket, handler: (chunk: Buffer) => void): boolean {
  const internal = socket as unknown as Record<symbol, unknown> & { _handle?: Handle | null };
  if (slots === undefined) slots = findSlots(socket);
  // What was read before has its place in the stream's own queue, which only `data` empties.
  if (slots === null || typeof internal._handle?.useUserBuffer !== 'function' || internal[slots.buffer] !== null || socket.readableLength > 0) return false;
  shared ??= Buffer.allocUnsafeSlow(NODE_LIMITS.readBytes);
  internal._handle.useUserBuffer(shared);
  internal[slots.buffer] = shared;
  internal[slots.callback] = (bytes: number, buffer: Buffer): boolean => {
    handler(buffer.subarray(0, bytes));
    return true;
  };
  socket.resume();
  return true;
}
