import type { CompressionCodec, Cpu } from '../ports.js';
import { gzipCompress, gzipDecompress } from './codec-gzip.js';
import { lz4Compress, lz4Decompress } from './codec-lz4.js';
import { snappyCompress, snappyDecompress } from './codec-snappy.js';
import { zstdCompress, zstdDecompress } from './codec-zstd.js';
import { findCrc32c } from './crc32c.js';

const COMPRESS: Record<CompressionCodec, (bytes: Buffer, level?: number) => Buffer> = {
  gzip: gzipCompress, snappy: snappyCompress, lz4: lz4Compress, zstd: zstdCompress,
};
const DECOMPRESS: Record<CompressionCodec, (bytes: Buffer, maxBytes: number) => Buffer> = {
  gzip: gzipDecompress, snappy: snappyDecompress, lz4: lz4Decompress, zstd: zstdDecompress,
};

export function createNodeCpu(): Cpu {
  const crc32c = findCrc32c();
  return {
    crc32c: (bytes, previous) => crc32c(bytes, previous),
    compress: (codec, bytes, level) => COMPRESS[codec](bytes, level),
    decompress: (codec, bytes, maxBytes) => DECOMPRESS[codec](bytes, maxBytes),
  };
}
