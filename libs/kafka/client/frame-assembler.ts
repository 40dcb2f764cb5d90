import { ProtocolError } from '#libs/kafka/protocol';

/** Cuts a byte stream into length-prefixed frames. Copies a frame only when it came in several chunks. `bytesMax` is asked when a frame begins. */
export function createFrameAssembler(bytesMax: () => number, onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let held: Buffer[] = [];
  let heldBytes = 0;

  const takeAll = (): Buffer => {
    const all = held.length === 1 ? held[0]! : Buffer.concat(held, heldBytes);
    held = [];
    heldBytes = 0;
    return all;
  };
  let wantedBytes = 4;
  return (chunk) => {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < wantedBytes) return;
    let rest = takeAll();
    wantedBytes = 4;
    while (rest.length >= 4) {
      const size = rest.readInt32BE(0);
      if (size < 0 || size > bytesMax()) throw new ProtocolError(`frame of ${size} bytes`);
      if (rest.length < 4 + size) { wantedBytes = 4 + size; break; }
      onFrame(rest.subarray(4, 4 + size));
      rest = rest.subarray(4 + size);
    }
    if (rest.length > 0) { held = [rest]; heldBytes = rest.length; }
  };
}
