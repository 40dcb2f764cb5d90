/** A budget of bytes shared by all connections: a large frame is received only once its whole size is granted, so none waits half received for others. */
export interface MemoryGrant { release(): void }

export interface MemoryPool {
  /** Grants at once, or null: then `onGranted` is called later, in the order of asking. `cancel` before that takes the wish back. */
  request(bytes: number, onGranted: (grant: MemoryGrant) => void): { grant: MemoryGrant | null; cancel(): void };
  readonly usedBytes: number;
  /** Somebody waits. */
  readonly contended: boolean;
}

interface Waiter { bytes: number; onGranted: (grant: MemoryGrant) => void }

export function createMemoryPool(maxBytes: number): MemoryPool {
  let usedBytes = 0;
  const waiters = new Set<Waiter>();

  const grantOf = (bytes: number): MemoryGrant => {
    usedBytes += bytes;
    let held = true;
    return {
      release() {
        if (!held) return;
        held = false;
        usedBytes -= bytes;
        serve();
      },
    };
  };
  // One frame may be larger than what is left, never than the whole: an empty pool grants anything.
  const fits = (bytes: number): boolean => usedBytes === 0 || usedBytes + bytes <= maxBytes;
  const serve = (): void => {
    for (const waiter of waiters) {
      if (!fits(waiter.bytes)) return;
      waiters.delete(waiter);
      waiter.onGranted(grantOf(waiter.bytes));
    }
  };

  return {
    request(bytes, onGranted) {
      if (waiters.size === 0 && fits(bytes)) return { grant: grantOf(bytes), cancel: () => undefined };
      const waiter = { bytes, onGranted };
      waiters.add(waiter);
      return { grant: null, cancel: () => { waiters.delete(waiter); } };
    },
    get usedBytes() { return usedBytes; },
    get contended() { return waiters.size > 0; },
  };
}
