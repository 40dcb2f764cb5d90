import { createCompactedHistory, type CompactedHistory, type FoundKeyed } from './compacted-history.js';

const found = (key: string, serial: number, offset: number, isTombstone = false): FoundKeyed => ({ key, serial, offset, isTombstone });

/** a: 0@0, 1@2, 2@5. b: 0@1, tombstone 1@4. c: 0@3, 1 unanswered. d: 0@6, an unanswered tombstone. */
function told(): CompactedHistory {
  const history = createCompactedHistory();
  for (const [key, serial, offset, isTombstone] of [['a', 0, 0], ['b', 0, 1], ['a', 1, 2], ['c', 0, 3], ['b', 1, 4, true], ['a', 2, 5], ['c', 1, null], ['d', 0, 6], ['d', 1, null, true]] as const) {
    history.sent({ key, serial, isTombstone: isTombstone ?? false });
    if (offset !== null) history.acknowledged(key, serial, offset);
  }
  return history;
}

describe('the history of a compacted topic', () => {
  it.each<[string, FoundKeyed[]]>([
    ['nothing taken', [found('a', 0, 0), found('b', 0, 1), found('a', 1, 2), found('c', 0, 3), found('b', 1, 4, true), found('a', 2, 5), found('d', 0, 6)]],
    ['all taken that may be', [found('c', 0, 3), found('a', 2, 5)]],
    ['what was not answered came', [found('b', 1, 4, true), found('a', 2, 5), found('c', 1, 6), found('d', 1, 8, true)]],
  ])('is content with %s', (_name, records) => { expect(told().check(records)).toEqual([]); });
  it.each<[string, FoundKeyed[], string]>([
    ['the last of a key is gone', [found('a', 1, 2), found('c', 0, 3)], 'key-lost'],
    ['a key is gone', [found('c', 0, 3)], 'key-lost'],
    ['a deleted key is back', [found('b', 0, 1), found('c', 0, 3), found('a', 2, 5)], 'key-undead'],
    ['a record was never sent', [found('c', 0, 3), found('a', 2, 5), found('a', 3, 6)], 'key-phantom'],
    ['a record lies elsewhere', [found('c', 0, 3), found('a', 2, 6)], 'key-moved'],
    ['an old record follows a new one', [found('c', 0, 3), found('a', 2, 5), found('a', 1, 6)], 'key-disordered'],
  ])('sees that %s', (_name, records, kind) => { expect(told().check(records).map((finding) => finding.kind)).toContain(kind); });
});
