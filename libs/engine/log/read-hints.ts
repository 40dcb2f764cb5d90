/** Where recent reads ended: a reader that goes on in order finds its place without an index, a tail reader without a search. */
import { READ_HINTS } from './log.limits.js';
import type { Segment } from './segment.js';

interface Hint { segment: Segment; offset: number; position: number }

export interface ReadHints {
  /** Position of the first batch at or after this offset, if a read ended just there. */
  find(segment: Segment, offset: number): number | null;
  remember(segment: Segment, nextOffset: number, position: number): void;
  forget(segment: Segment): void;
  clear(): void;
}

export function createReadHints(): ReadHints {
  let hints: Hint[] = [];
  let turn = 0;
  return {
    find(segment, offset) {
      for (const hint of hints) if (hint.offset === offset && hint.segment === segment && hint.position < segment.sizeBytes) return hint.position;
      return null;
    },
    remember(segment, offset, position) {
      for (const hint of hints) if (hint.offset === offset && hint.segment === segment) return;
      hints[turn] = { segment, offset, position };
      turn = (turn + 1) % READ_HINTS;
    },
    forget(segment) {
      hints = hints.filter((hint) => hint.segment !== segment);
      turn = hints.length % READ_HINTS;
    },
    clear() { hints = []; turn = 0; },
  };
}
