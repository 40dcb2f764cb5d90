/** Lets so many in at once, in the order they came. */
export interface Semaphore {
  acquire(): Promise<() => void>;
  /** Null when there is no place at the moment. */
  tryAcquire(): (() => void) | null;
}

export function createSemaphore(places: number): Semaphore {
  const waiting: (() => void)[] = [];
  let free = places;
  const release = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  const once = (): (() => void) => {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      release();
    };
  };
  return {
    acquire: async () => {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => { waiting.push(resolve); });
      return once();
    },
    tryAcquire: () => {
      if (free === 0) return null;
      free -= 1;
      return once();
    },
  };
}
