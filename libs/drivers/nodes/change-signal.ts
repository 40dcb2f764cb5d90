/** Wakes those who wait for a cluster's news. News that came since the last look count: none is lost between looking and waiting. */
export interface ChangeSignal {
  /** Call before looking. */
  seen(clusterId: string): void;
  changed(clusterId: string): void;
  wait(clusterId: string, timeoutMs: number): Promise<void>;
  forget(clusterId: string): void;
  close(): void;
}

export function createChangeSignal(): ChangeSignal {
  const pending = new Set<string>();
  const waiters = new Map<string, Set<() => void>>();
  const wake = (clusterId: string): void => {
    const waiting = waiters.get(clusterId);
    waiters.delete(clusterId);
    for (const resume of waiting ?? []) resume();
  };
  return {
    seen: (clusterId) => { pending.delete(clusterId); },
    changed(clusterId) {
      pending.add(clusterId);
      wake(clusterId);
    },
    wait(clusterId, timeoutMs) {
      if (pending.has(clusterId)) return Promise.resolve();
      return new Promise((resolve) => {
        const waiting = waiters.get(clusterId) ?? new Set();
        waiters.set(clusterId, waiting);
        const resume = (): void => {
          clearTimeout(timer);
          waiting.delete(resume);
          resolve();
        };
        const timer = setTimeout(resume, timeoutMs);
        waiting.add(resume);
      });
    },
    forget(clusterId) {
      pending.delete(clusterId);
      wake(clusterId);
    },
    close() {
      for (const clusterId of [...waiters.keys()]) wake(clusterId);
    },
  };
}
