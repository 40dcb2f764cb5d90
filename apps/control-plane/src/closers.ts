import type { Log } from '#libs/kernel';

/** What has been started, to be ended in the reverse order: at the stop, or when a later part of the start fails. */
export interface Closers {
  add(name: string, close: () => Promise<void> | void): void;
  /** Goes on when one of them fails; safe to call twice. */
  closeAll(): Promise<void>;
}

export function createClosers(log: Log): Closers {
  const open: { name: string; close: () => Promise<void> | void }[] = [];
  let closing: Promise<void> | null = null;
  const run = async (): Promise<void> => {
    for (let each = open.pop(); each; each = open.pop()) {
      try {
        await each.close();
      } catch (error) {
        log.write('error', 'platform.close-failed', { part: each.name, error });
      }
    }
  };
  return {
    add: (name, close) => { open.push({ name, close }); },
    closeAll: () => (closing ??= run()),
  };
}
