/**
 * What one producer did to the keys of a compacted topic, and whether what is found in the end can be true. The cleaner may take any record
 * that a later one of its key follows, and a tombstone after its time; never the last of a key, nor may what it took come back.
 */
export type CompactedFinding =
  | { kind: 'key-lost'; key: string; offset: number }
  | { kind: 'key-undead'; key: string; offset: number; deletedAt: number }
  | { kind: 'key-phantom'; key: string; offset: number; serial: number }
  | { kind: 'key-moved'; key: string; offset: number; acknowledged: number }
  | { kind: 'key-disordered'; key: string; offset: number };

/** `serial` tells records of one key apart, and is in their headers; a tombstone has no value. */
export interface KeyedSend { key: string; serial: number; isTombstone: boolean }
export interface FoundKeyed { key: string; serial: number; isTombstone: boolean; offset: number }

export interface CompactedHistory {
  /** Before it is sent for the first time; serials of a key grow. */
  sent(send: KeyedSend): void;
  acknowledged(key: string, serial: number, offset: number): void;
  /** All that can be read, in order. */
  check(found: readonly FoundKeyed[]): CompactedFinding[];
  readonly acknowledgedCount: number;
}

interface Sent extends KeyedSend { offset: number | null }

export function createCompactedHistory(): CompactedHistory {
  const sends = new Map<string, Sent[]>();
  let acknowledgedCount = 0;
  const sendOf = (key: string, serial: number): Sent | undefined => sends.get(key)?.find((send) => send.serial === serial);

  function checkFound(found: readonly FoundKeyed[], findings: CompactedFinding[]): Map<string, FoundKeyed> {
    const last = new Map<string, FoundKeyed>();
    for (const record of found) {
      const { key, serial, offset } = record;
      const send = sendOf(key, serial);
      if (send === undefined || send.isTombstone !== record.isTombstone) findings.push({ kind: 'key-phantom', key, offset, serial });
      else if (send.offset !== null && send.offset !== offset) findings.push({ kind: 'key-moved', key, offset, acknowledged: send.offset });
      if ((last.get(key)?.serial ?? -1) >= serial) findings.push({ kind: 'key-disordered', key, offset });
      last.set(key, record);
    }
    return last;
  }

  function checkKey(key: string, all: readonly Sent[], found: FoundKeyed | undefined): CompactedFinding | null {
    const acknowledged = all.findLast((send) => send.offset !== null);
    if (acknowledged === undefined || (found !== undefined && found.serial >= acknowledged.serial)) return null;
    if (found !== undefined) return acknowledged.isTombstone ? { kind: 'key-undead', key, offset: found.offset, deletedAt: acknowledged.offset! } : { kind: 'key-lost', key, offset: acknowledged.offset! };
    // Gone altogether: its time as a tombstone was over, or that of one that was written and never answered.
    const mayBeDeleted = all.some((send) => send.isTombstone && send.serial >= acknowledged.serial);
    return mayBeDeleted ? null : { kind: 'key-lost', key, offset: acknowledged.offset! };
  }

  return {
    sent(send) { sends.set(send.key, [...sends.get(send.key) ?? [], { ...send, offset: null }]); },
    acknowledged(key, serial, offset) {
      sendOf(key, serial)!.offset = offset;
      acknowledgedCount++;
    },
    check(found) {
      const findings: CompactedFinding[] = [];
      const last = checkFound(found, findings);
      for (const [key, all] of sends) {
        const finding = checkKey(key, all, last.get(key));
        if (finding !== null) findings.push(finding);
      }
      return findings;
    },
    get acknowledgedCount() { return acknowledgedCount; },
  };
}
