/**
 * What clients saw, and whether it can be true. Values are unique; a send is `ok` with its offset, or its outcome is unknown. The checker names
 * each finding; it must be able to fail, and its test feeds it histories that are wrong in one way each.
 */
export type Finding =
  | { kind: 'lost'; value: string; partition: number; offset: number }
  | { kind: 'duplicate'; value: string; partition: number; offsets: number[] }
  | { kind: 'inconsistent-offset'; partition: number; offset: number; values: string[] }
  | { kind: 'reordered'; partition: number; producer: string; first: string; second: string }
  | { kind: 'phantom'; value: string; partition: number; offset: number }
  | { kind: 'commit-went-back'; group: string; partition: number; acknowledged: number; found: number };

export interface History {
  /** Before it is sent: `sequence` is the order in which this producer sent to this partition. */
  sent(producer: string, partition: number, value: string, sequence: number): void;
  acknowledged(partition: number, value: string, offset: number): void;
  read(partition: number, offset: number, value: string): void;
  committed(group: string, partition: number, offset: number): void;
  /** What the group's committed offset is at the end. */
  foundCommit(group: string, partition: number, offset: number): void;
  /** Call when everything was read once more from the start to the end. `final` holds those reads by partition. */
  check(final: ReadonlyMap<number, readonly { offset: number; value: string }[]>): Finding[];
  readonly acknowledgedCount: number;
}

interface Send { producer: string; partition: number; sequence: number }

export function createHistory(): History {
  const sends = new Map<string, Send>();
  const acks = new Map<string, { partition: number; offset: number }>();
  const seen = new Map<string, Set<string>>();
  const commits = new Map<string, number>();
  const findings: Finding[] = [];
  const see = (partition: number, offset: number, value: string): void => {
    const key = `${partition}/${offset}`;
    seen.set(key, (seen.get(key) ?? new Set()).add(value));
  };

  function checkPartition(partition: number, records: readonly { offset: number; value: string }[]): void {
    const offsets = new Map<string, number[]>();
    const last = new Map<string, { value: string; sequence: number }>();
    for (const { offset, value } of records) {
      see(partition, offset, value);
      offsets.set(value, [...(offsets.get(value) ?? []), offset]);
      const send = sends.get(value);
      if (!send || send.partition !== partition) { findings.push({ kind: 'phantom', value, partition, offset }); continue; }
      const previous = last.get(send.producer);
      if (previous && previous.sequence > send.sequence) findings.push({ kind: 'reordered', partition, producer: send.producer, first: previous.value, second: value });
      last.set(send.producer, { value, sequence: send.sequence });
    }
    for (const [value, at] of offsets) if (at.length > 1) findings.push({ kind: 'duplicate', value, partition, offsets: at });
    for (const [value, ack] of acks) if (ack.partition === partition && !offsets.has(value)) findings.push({ kind: 'lost', value, partition, offset: ack.offset });
  }

  return {
    sent(producer, partition, value, sequence) { sends.set(value, { producer, partition, sequence }); },
    acknowledged(partition, value, offset) { acks.set(value, { partition, offset }); see(partition, offset, value); },
    read(partition, offset, value) { see(partition, offset, value); },
    committed(group, partition, offset) { const key = `${group}/${partition}`; commits.set(key, Math.max(commits.get(key) ?? -1, offset)); },
    foundCommit(group, partition, offset) {
      const acknowledged = commits.get(`${group}/${partition}`);
      if (acknowledged !== undefined && offset < acknowledged) findings.push({ kind: 'commit-went-back', group, partition, acknowledged, found: offset });
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
  };
}
