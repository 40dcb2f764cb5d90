import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { LOG_TAIL_BYTES } from './node.limits.js';

/** Lines at the end of a log, the last one last; none when it can't be read. */
export function tailLines(path: string): string[] {
  try {
    return tail(path).split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

function tail(path: string): string {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, LOG_TAIL_BYTES));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}
