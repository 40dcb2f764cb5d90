/** Timers by key: setting one again replaces it. */
import type { TimerHandle, Timers } from '#libs/kernel';
import type { TimerCommand, TimerSet } from './decision.js';

export interface ShardTimers {
  apply(changes: ReadonlyMap<string, TimerSet | null>): void;
  cancelAll(): void;
}

export function createShardTimers(timers: Timers, onDue: (key: string, command: TimerCommand) => void): ShardTimers {
  const pending = new Map<string, TimerHandle>();

  function cancel(key: string): void {
    const handle = pending.get(key);
    if (handle === undefined) return;
    timers.cancel(handle);
    pending.delete(key);
  }

  return {
    apply(changes) {
      for (const [key, change] of changes) {
        cancel(key);
        if (change === null) continue;
        const handle = timers.set(change.delayMs, () => {
          if (pending.get(key) !== handle) return;
          pending.delete(key);
          onDue(key, change.command);
        });
        pending.set(key, handle);
      }
    },
    cancelAll() {
      for (const key of [...pending.keys()]) cancel(key);
    },
  };
}
