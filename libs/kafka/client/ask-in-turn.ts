import type { TimerHandle } from '#libs/kernel';
import { ClusterUnreachableError } from './errors.js';
import type { RetryEnv } from './retry.js';

export interface TurnOptions<A> {
  /** Whether the next is asked after this failure; else it is the outcome. */
  mayGoOn(error: unknown, asked: A): boolean;
  /** After so long the next is asked as well, and the first of them to answer counts; null: never. */
  patienceMs: number | null;
}

/** The answer of the first that has one, else the last failure. One that takes connections and is silent keeps nobody from the others. */
export function askInTurn<A, T>({ timers }: Pick<RetryEnv, 'timers'>, all: readonly A[], ask: (one: A) => Promise<T>, { mayGoOn, patienceMs }: TurnOptions<A>): Promise<T> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<TimerHandle>();
    let [next, underway, isOver] = [0, 0, false];
    const end = (tell: () => void): void => {
      isOver = true;
      for (const timer of waiting) timers.cancel(timer);
      tell();
    };
    const begin = (): void => {
      const one = all[next++]!;
      underway++;
      let isLast = true;
      const handOn = (): void => {
        isLast = false;
        if (!isOver && next < all.length) begin();
      };
      if (patienceMs !== null && next < all.length) waiting.add(timers.set(patienceMs, () => { if (isLast) handOn(); }));
      ask(one).then((answer) => { if (!isOver) end(() => resolve(answer)); }, (error: unknown) => {
        underway--;
        if (isOver) return;
        if (!mayGoOn(error, one)) return end(() => reject(error as Error));
        if (isLast) handOn();
        if (underway === 0) end(() => reject(error as Error));
      });
    };
    if (all.length === 0) reject(new ClusterUnreachableError('the cluster has no bootstrap address'));
    else begin();
  });
}
