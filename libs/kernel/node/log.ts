/** JSON lines, on a stream or in a file that is rotated by size (`x.log`, `x.log.1` …). Writes are synchronous: a line is out before a crash. */
import { closeSync, constants, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Log, LogLevel } from '../ports.js';
import { NODE_LIMITS } from './node.limits.js';

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

export type LineSink = (line: string) => void;

const plain = (_key: string, value: unknown): unknown => {
  if (value instanceof Error) return value.stack ?? value.message;
  return typeof value === 'bigint' ? String(value) : value;
};

function render(level: LogLevel, event: string, fields: Record<string, unknown>): string {
  const line = JSON.stringify({ ts: new Date().toISOString(), level, event, ...fields }, plain);
  if (line.length <= NODE_LIMITS.logLineCharsMax) return `${line}\n`;
  return `${JSON.stringify({ ts: new Date().toISOString(), level, event, truncated: line.slice(0, NODE_LIMITS.logLineCharsMax) })}\n`;
}

export function createLog(sink: LineSink, minLevel: LogLevel = 'info'): Log {
  return { write(level, event, fields = {}) { if (RANK[level] >= RANK[minLevel]) sink(render(level, event, fields)); } };
}

/** A reader that went away (EPIPE, EAGAIN) must not take the process along. */
export const stderrSink: LineSink = (line) => {
  try {
    writeSync(2, line);
  } catch {
    // nowhere left to say it
  }
};

export function rotatingFileSink(path: string, maxBytes: number = NODE_LIMITS.logFileBytesMax, maxFiles: number = NODE_LIMITS.logFilesMax): LineSink {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const openLog = (): number => openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600);
  let fd = openLog();
  let sizeBytes = fstatSync(fd).size;
  const rotate = (): void => {
    closeSync(fd);
    for (let index = maxFiles - 1; index >= 1; index--) {
      try {
        renameSync(index === 1 ? path : `${path}.${index - 1}`, `${path}.${index}`);
      } catch {
        // that many there aren't yet
      }
    }
    fd = openLog();
    sizeBytes = fstatSync(fd).size;
  };
  return (line) => {
    const bytes = Buffer.from(line, 'utf8');
    try {
      if (sizeBytes > 0 && sizeBytes + bytes.length > maxBytes) rotate();
      sizeBytes += writeSync(fd, bytes);
    } catch {
      stderrSink(line);
    }
  };
}
