/** Bounds how many sealed segments of a log keep their files open. One with unsynced bytes keeps them until its sync: errors are told per open file. */
import { OPEN_SEALED_SEGMENTS } from './log.limits.js';
import type { Segment } from './segment.js';

export interface SealedFiles {
  /** The segment's files may have been opened. */
  touched(segment: Segment): void;
  forget(segment: Segment): void;
}

export function createSealedFiles(): SealedFiles {
  let open: Segment[] = [];
  return {
    touched(segment) {
      if (!segment.sealed || segment.dirty || open.at(-1) === segment) return;
      open = open.filter((other) => other !== segment);
      open.push(segment);
      if (open.length > OPEN_SEALED_SEGMENTS) open.shift()!.release();
    },
    forget(segment) { open = open.filter((other) => other !== segment); },
  };
}
