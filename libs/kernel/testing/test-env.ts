/** An `Env` for unit tests: virtual time, seeded random, a memory disk, a pure CPU (gzip only), log lines kept in an array. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { crc32cTable } from '../crc32c.js';
import type { Cpu, Env, LogLevel, Net } from '../ports.js';
import { createMemoryDisk, type MemoryDisk, type MemoryDiskOptions } from './memory-disk.js';
import { createSeededRandom } from './seeded-random.js';
import { createVirtualTime, type VirtualTime } from './virtual-time.js';

export interface LogLine { level: LogLevel; event: string; fields: Record<string, unknown> }

export interface TestEnv extends Env {
  disk: MemoryDisk;
  readonly time: VirtualTime;
  /** Runs what falls due within these milliseconds of virtual time. */
  advance(ms: number): Promise<void>;
  settle(): Promise<void>;
  readonly lines: LogLine[];
}

export interface TestEnvOptions { seed?: number; startMs?: number; net?: Net; disk?: MemoryDisk; syncLatencyMs?: MemoryDiskOptions['syncLatencyMs'] }

function coded(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

export function createTestCpu(): Cpu {
  return {
    crc32c: crc32cTable,
    compress(codec, bytes, level) {
      if (codec !== 'gzip') throw new Error(`the test CPU has no ${codec}`);
      return gzipSync(bytes, level === undefined ? {} : { level });
    },
    decompress(codec, bytes, maxBytes) {
      if (codec !== 'gzip') throw new Error(`the test CPU has no ${codec}`);
      try {
        return gunzipSync(bytes, { maxOutputLength: maxBytes });
      } catch (error) {
        const tooLarge = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
        throw coded(tooLarge ? 'TOO_LARGE' : 'CORRUPT', tooLarge ? `more than ${maxBytes} bytes` : 'bad gzip data', error);
      }
    },
  };
}

const noNet: Net = {
  listen: () => Promise.reject(new Error('this test env has no network')),
  connect: () => Promise.reject(new Error('this test env has no network')),
};

export function createTestEnv(options: TestEnvOptions = {}): TestEnv {
  const time = createVirtualTime(options.startMs);
  const lines: LogLine[] = [];
  return {
    clock: time.clock, timers: time.timers, random: createSeededRandom(options.seed ?? 1), net: options.net ?? noNet, cpu: createTestCpu(),
    disk: options.disk ?? createMemoryDisk({ clock: time.clock, timers: time.timers, syncLatencyMs: options.syncLatencyMs }),
    log: { write(level, event, fields = {}) { lines.push({ level, event, fields }); } },
    time, lines, advance: (ms) => time.advance(ms), settle: () => time.settle(),
  };
}
