/**
 * What clients saw, and whether it can be true. Values are unique; a send is `ok` with its offset, or its outcome is unknown. The checker names
 * each finding; it must be able to fail, and its test feeds it histories that are wrong in one way each.
 */
export type Finding =
  | { kind: 'lost'; value: string; partition: number; offset: number | null }
  | { kind: 'duplicate'; value: string; partition: number; offsets: number[] }
  | { kind: 'inconsistent-offset'; partition: number; offset: number; values: string[] }
  | { kind: 'reordered'; partition: number; producer: string; first: string; second: string }
  | { kind: 'phantom'; value: string; partition: number; offset: number }
  | { kind: 'commit-went-back'; group: string; partition: number; acknowledged: number; found: number }
  | { kind: 'log-start-went-back'; partition: number; acknowledged: number; found: number }
  | { kind: 'log-start-beyond'; partition: number; asked: number; found: number }
  | { kind: 'undeleted'; partition: number; offset: number; value: string; lowWatermark: number };

export interface History {
  /** Before it is sent: `sequence` is the order in which this producer sent to this partition. */
  sent(producer: string, partition: number, value: string, sequence: number): void;
  /** `offset` null: the answer to a send that was repeated said that the record is there, and not where. */
  acknowledged(partition: number, value: string, offset: number | null): void;
  read(partition: number, offset: number, value: string): void;
  committed(group: string, partition: number, offset: number): void;
  /** What the group's committed offset is at the end. */
  foundCommit(group: string, partition: number, offset: number): void;
  /** Before DeleteRecords is sent: from now on what lies below this offset may be gone. */
  deletionAsked(partition: number, offset: number): void;
  /** DeleteRecords was answered: what lies below is gone for good. */
  deletionAnswered(partition: number, lowWatermark: number): void;
  /** Where the partition begins now; the last one told is where the final read begins. */
  foundLogStart(partition: number, offset: number): void;
  /** Call when everything was read once more from the start to the end. `final` holds those reads by partition. */
  check(final: ReadonlyMap<number, readonly { offset: number; value: string }[]>): Finding[];
  readonly acknowledgedCount: number;
  readonly answeredDeletions: number;
}

interface Send { producer: string; partition: number; sequence: number }

export function createHistory(): History {
  const sends = new Map<string, Send>();
  const acks = new Map<string, { partition: number; offset: number | null }>();
  const seen = new Map<string, Set<string>>();
  const commits = new Map<string, number>();
  const asked = new Map<number, number>();
  const lowWatermarks = new Map<number, number>();
  const logStarts = new Map<number, number>();
  let answeredDeletions = 0;
  const findings: Finding[] = [];
  const raise = <K>(map: Map<K, number>, key: K, offset: number): void => { map.set(key, Math.max(map.get(key) ?? 0, offset)); };
  const see = (partition: number, offset: number, value: string): void => {
    const key = `${partition}/${offset}`;
    seen.set(key, (seen.get(key) ?? new Set()).add(value));
  };

  function judgeBeyond(partition: number, found: number): void {
    const most = asked.get(partition) ?? 0;
    if (found > most) findings.push({ kind: 'log-start-beyond', partition, asked: most, found });
  }

  function checkPartition(partition: number, records: readonly { offset: number; value: string }[]): void {
    const offsets = new Map<string, number[]>();
    const last = new Map<string, { value: string; sequence: number }>();
    const lowWatermark = lowWatermarks.get(partition) ?? 0;
    for (const { offset, value } of records) {
      see(partition, offset, value);
      offsets.set(value, [...(offsets.get(value) ?? []), offset]);
      if (offset < lowWatermark) findings.push({ kind: 'undeleted', partition, offset, value, lowWatermark });
      const send = sends.get(value);
      if (!send || send.partition !== partition) { findings.push({ kind: 'phantom', value, partition, offset }); continue; }
      const previous = last.get(send.producer);
      if (previous && previous.sequence > send.sequence) findings.push({ kind: 'reordered', partition, producer: send.producer, first: previous.value, second: value });
      last.set(send.producer, { value, sequence: send.sequence });
    }
    for (const [value, at] of offsets) if (at.length > 1) findings.push({ kind: 'duplicate', value, partition, offsets: at });
    // What was asked to be deleted may be gone, answered or not; foundLogStart has judged how far that may reach.
    const begin = logStarts.get(partition) ?? 0;
    const isKept = (offset: number | null): boolean => (offset === null ? begin === 0 : offset >= begin);
    for (const [value, ack] of acks) if (ack.partition === partition && isKept(ack.offset) && !offsets.has(value)) findings.push({ kind: 'lost', value, partition, offset: ack.offset });
  }

  return {
    sent(producer, partition, value, sequence) { sends.set(value, { producer, partition, sequence }); },
    acknowledged(partition, value, offset) {
      acks.set(value, { partition, offset });
      if (offset !== null) see(partition, offset, value);
    },
    read(partition, offset, value) { see(partition, offset, value); },
    committed(group, partition, offset) { const key = `${group}/${partition}`; commits.set(key, Math.max(commits.get(key) ?? -1, offset)); },
    foundCommit(group, partition, offset) {
      const acknowledged = commits.get(`${group}/${partition}`);
      if (acknowledged !== undefined && offset < acknowledged) findings.push({ kind: 'commit-went-back', group, partition, acknowledged, found: offset });
    },
    deletionAsked(partition, offset) { raise(asked, partition, offset); },
    deletionAnswered(partition, lowWatermark) {
      answeredDeletions++;
      raise(lowWatermarks, partition, lowWatermark);
      judgeBeyond(partition, lowWatermark);
    },
    foundLogStart(partition, offset) {
      logStarts.set(partition, offset);
      const acknowledged = lowWatermarks.get(partition) ?? 0;
      if (offset < acknowledged) findings.push({ kind: 'log-start-went-back', partition, acknowledged, found: offset });
      judgeBeyond(partition, offset);
    },
    check(final) {
      for (const [partition, records] of final) checkPartition(partition, records);
      for (const [value, ack] of acks) if (!final.has(ack.partition)) findings.push({ kind: 'lost', value, partition: ack.partition, offset: ack.offset });
      for (const [key, values] of seen) {
        if (values.size < 2) continue;
        const [partition, offset] = key.split('/').map(Number) as [number, number];
        findings.push({ kind: 'inconsistent-offset', partition, offset, values: [...values].sort() });
      }
      return findings;
    },
    get acknowledgedCount() { return acks.size; },
    get answeredDeletions() { return answeredDeletions; },
  };
}
