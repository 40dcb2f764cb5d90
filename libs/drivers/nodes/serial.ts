/** Runs work of one key in order, work of different keys at once. */
export interface Serial {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when what was asked for by now is done, well or badly. */
  idle(): Promise<void>;
}

export function createSerial(): Serial {
  const last = new Map<string, Promise<unknown>>();
  return {
    run(key, work) {
      const result = (last.get(key) ?? Promise.resolve()).then(work, work);
      const settled = result.catch(() => undefined);
      last.set(key, settled);
      void settled.then(() => { if (last.get(key) === settled) last.delete(key); });
      return result;
    },
    idle: async () => { await Promise.all(last.values()); },
  };
}
