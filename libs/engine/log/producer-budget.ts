/**
 * Producers that the logs of one broker remember together. A partition bounds its own; many partitions would each fill up for whoever writes to all
 * of them under ever new ids. Beyond the bound the one that wrote longest ago is forgotten, in whichever log, as if it had been silent for a day.
 */

/** A producer of one log: what is remembered of it, by its id. */
interface Remembered { readonly producerId: number; readonly transactionFirstOffset: number }
interface Owner { delete(producerId: number): boolean }

export interface ProducerBudget {
  readonly count: number;
  /** Remembered from now on. `entries` is where it is taken from when its turn to be forgotten has come. */
  add(entry: Remembered, entries: Owner): void;
  /** Has written again. */
  touch(entry: Remembered): void;
  /** Is no longer remembered. */
  remove(entry: Remembered): void;
}

export function createProducerBudget(countMax: number): ProducerBudget {
  /** Who wrote longest ago first; below half of the bound nobody is moved for writing again. */
  const remembered = new Map<Remembered, Owner>();
  const forgetOldest = (): void => {
    for (const [entry, entries] of remembered) {
      // In a transaction nobody is forgotten.
      if (entry.transactionFirstOffset >= 0) continue;
      remembered.delete(entry);
      entries.delete(entry.producerId);
      return;
    }
  };
  return {
    get count() { return remembered.size; },
    add(entry, entries) {
      if (remembered.size >= countMax) forgetOldest();
      remembered.set(entry, entries);
    },
    touch(entry) {
      const entries = remembered.size <= countMax / 2 ? undefined : remembered.get(entry);
      if (entries === undefined) return;
      remembered.delete(entry);
      remembered.set(entry, entries);
    },
    remove(entry) { remembered.delete(entry); },
  };
}
