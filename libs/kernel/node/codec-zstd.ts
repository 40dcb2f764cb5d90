/**
 * Zstandard by WebAssembly, made at first use without waiting. A frame that declares its size is believed or refused by it (the decoder holds it to
 * its word). Frames of streaming writers declare none: the result is then bounded by the blocks (each decodes to 128 KiB at most), so memory is
 * taken for min(bound, maxBytes) and never more. The module's memory grows to the largest need there was, and is used again.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { corrupt, tooLarge } from './codec-errors.js';
import { lazily, load } from './natives.js';

/** TypeScript knows WebAssembly from the browser's library only. */
interface WasmRuntime { Module: new (binary: Buffer) => object; Instance: new (module: object, imports: object) => object }
const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: WasmRuntime };

interface ZstdModule {
  instantiateWasm: (imports: object, receive: (instance: object) => unknown) => unknown;
  init(binary: Buffer): void;
  HEAPU8: Uint8Array;
  _malloc(size: number): number;
  _free(pointer: number): void;
  _ZSTD_compressBound(size: number): number;
  _ZSTD_compress(to: number, capacity: number, from: number, size: number, level: number): number;
  _ZSTD_decompress(to: number, capacity: number, from: number, size: number): number;
  _ZSTD_isError(code: number): number;
}

const MAGIC = 0xfd2f_b528;
const SKIPPABLE_MAGIC = 0x184d_2a50;
const BLOCK_BYTES_MAX = 128 * 1024;
const LEVEL_DEFAULT = 3;
/** ZSTD_error_dstSize_tooSmall. */
const TOO_SMALL = 70;

const zstd = lazily((): ZstdModule => {
  const directory = dirname(load.resolve('@bokuweb/zstd-wasm'));
  const { Module } = load(join(directory, 'module.js')) as { Module: ZstdModule };
  const binary = readFileSync(join(directory, 'zstd.wasm'));
  Module.instantiateWasm = (imports, receive) => receive(new wasm.Instance(new wasm.Module(binary), imports));
  Module.init(binary);
  return Module;
});

interface FrameHeader {
  /** Where the blocks begin. */
  end: number;
  declaredSize: number | null;
}

function headerOf(bytes: Buffer, start: number): FrameHeader {
  const descriptor = bytes[start + 4]!;
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (singleSegment ? 1 : 0) : 1 << sizeFlag;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const sizeStart = start + 5 + (singleSegment ? 0 : 1) + dictionaryBytes;
  const end = sizeStart + sizeBytes;
  if (end > bytes.length) throw corrupt('zstd', 'a frame header is cut off');
  if (sizeBytes === 0) return { end, declaredSize: null };
  if (sizeBytes === 8) return { end, declaredSize: bytes.readUInt32LE(sizeStart + 4) * 0x1_0000_0000 + bytes.readUInt32LE(sizeStart) };
  // Two bytes count from where one ends.
  return { end, declaredSize: bytes.readUIntLE(sizeStart, sizeBytes) + (sizeBytes === 2 ? 256 : 0) };
}

/** Upper bound of one frame's content and the offset after it. */
function boundFrame(bytes: Buffer, start: number): { bound: number; certain: boolean; end: number } {
  const checksumBytes = bytes[start + 4]! & 0x04 ? 4 : 0;
  const { end, declaredSize } = headerOf(bytes, start);
  let at = end;
  let bound = 0;
  for (;;) {
    if (bytes.length - at < 3) throw corrupt('zstd', 'a block header is cut off');
    const header = bytes.readUIntLE(at, 3);
    const size = header >>> 3;
    const type = (header >>> 1) & 3;
    if (type === 3 || size > BLOCK_BYTES_MAX) throw corrupt('zstd', 'unknown block');
    bound += type === 2 ? BLOCK_BYTES_MAX : size;
    at += 3 + (type === 1 ? 1 : size);
    if (at > bytes.length) throw corrupt('zstd', 'a block is cut off');
    if ((header & 1) === 0) continue;
    if (declaredSize !== null && declaredSize > bound) throw corrupt('zstd', 'more declared than its blocks can hold');
    return { bound: declaredSize ?? bound, certain: declaredSize !== null, end: at + checksumBytes };
  }
}

function upperBound(bytes: Buffer, maxBytes: number): number {
  let bound = 0;
  let certain = 0;
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < 6) throw corrupt('zstd', 'no frame header');
    const magic = bytes.readUInt32LE(at);
    if (magic === MAGIC) {
      const frame = boundFrame(bytes, at);
      bound += frame.bound;
      if (frame.certain) certain += frame.bound;
      if (certain > maxBytes) throw tooLarge('zstd', maxBytes);
      at = frame.end;
    } else if (((magic & 0xffff_fff0) >>> 0) === SKIPPABLE_MAGIC && bytes.length - at >= 8) {
      at += 8 + bytes.readUInt32LE(at + 4);
    } else throw corrupt('zstd', 'no frame header');
  }
  return bound;
}

/** Runs with memory for the input and `capacity` bytes of output inside the module; answers what `run` put into the output. */
function withMemory(input: Buffer, capacity: number, run: (module: ZstdModule, to: number, from: number) => number): Buffer {
  const module = zstd();
  const from = module._malloc(Math.max(1, input.length));
  const to = module._malloc(Math.max(1, capacity));
  try {
    if (from === 0 || to === 0) throw tooLarge('zstd', capacity);
    module.HEAPU8.set(input, from);
    const size = run(module, to, from);
    return Buffer.from(module.HEAPU8.subarray(to, to + size));
  } finally {
    if (from !== 0) module._free(from);
    if (to !== 0) module._free(to);
  }
}

export function zstdDecompress(bytes: Buffer, maxBytes: number): Buffer {
  const bound = upperBound(bytes, maxBytes);
  const capacity = Math.min(bound, maxBytes);
  return withMemory(bytes, capacity, (module, to, from) => {
    const size = module._ZSTD_decompress(to, capacity, from, bytes.length);
    if (!module._ZSTD_isError(size)) return size;
    if (-(size | 0) === TOO_SMALL && bound > maxBytes) throw tooLarge('zstd', maxBytes);
    throw corrupt('zstd', `error ${-(size | 0)}`);
  });
}

export function zstdCompress(bytes: Buffer, level: number = LEVEL_DEFAULT): Buffer {
  const capacity = zstd()._ZSTD_compressBound(bytes.length);
  return withMemory(bytes, capacity, (module, to, from) => {
    const size = module._ZSTD_compress(to, capacity, from, bytes.length, level);
    if (module._ZSTD_isError(size)) throw new Error(`zstd compression failed with code ${size}`);
    return size;
  });
}
