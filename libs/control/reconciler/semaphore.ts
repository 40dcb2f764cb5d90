/** Lets so many in at once, in the order they came. */
export interface Semaphore {
  /** `places` at once; more than there are means all. */
  acquire(places?: number): Promise<() => void>;
  /** Null when there is no room at the moment, or others came before. */
  tryAcquire(places?: number): (() => void) | null;
}

export function createSemaphore(size: number): Semaphore {
  const waiting: { places: number; enter: () => void }[] = [];
  let free = size;
  const admit = (): void => {
    for (let next = waiting[0]; next && next.places <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.places;
      next.enter();
    }
  };
  const releaser = (places: number): (() => void) => {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      free += places;
      admit();
    };
  };
  const fit = (places: number): number => Math.min(Math.max(places, 1), size);
  return {
    acquire: async (places = 1) => {
      await new Promise<void>((enter) => {
        waiting.push({ places: fit(places), enter });
        admit();
      });
      return releaser(fit(places));
    },
    tryAcquire: (places = 1) => {
      if (waiting.length > 0 || free < fit(places)) return null;
      free -= fit(places);
      return releaser(fit(places));
    },
  };
}
