import { constants, gunzipSync, gzipSync } from 'node:zlib';
import type { CompressionCodec, Cpu } from '../ports.js';
import { corrupt, tooLarge } from './codec-errors.js';
import { lz4Compress, lz4Decompress } from './codec-lz4.js';
import { snappyCompress, snappyDecompress } from './codec-snappy.js';
import { zstdCompress, zstdDecompress } from './codec-zstd.js';
import { findCrc32c } from './crc32c.js';

function gunzip(bytes: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.max(1, maxBytes), finishFlush: constants.Z_FINISH });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('gzip', maxBytes);
    throw corrupt('gzip', (error as Error).message, error);
  }
}

const COMPRESS: Record<CompressionCodec, (bytes: Buffer, level?: number) => Buffer> = {
  gzip: (bytes, level) => gzipSync(bytes, level === undefined ? {} : { level }), snappy: snappyCompress, lz4: lz4Compress, zstd: zstdCompress,
};
const DECOMPRESS: Record<CompressionCodec, (bytes: Buffer, maxBytes: number) => Buffer> = {
  gzip: gunzip, snappy: snappyDecompress, lz4: lz4Decompress, zstd: zstdDecompress,
};

export function createNodeCpu(): Cpu {
  const crc32c = findCrc32c();
  return {
    crc32c: (bytes, previous) => crc32c(bytes, previous),
    compress: (codec, bytes, level) => COMPRESS[codec](bytes, level),
    decompress: (codec, bytes, maxBytes) => DECOMPRESS[codec](bytes, maxBytes),
  };
}
