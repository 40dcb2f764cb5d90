/** Whether the platform itself can work. A tenant's cluster is never part of the answer: one tenant's trouble must not take the platform out of service. */
export interface ReadinessCheck {
  name: 'database' | 'migrations' | 'reconciler';
  /** Null when it is ready; else why it isn't, without addresses or secrets. */
  problem(): Promise<string | null>;
}

export interface ReadinessReport { ready: boolean; checks: { name: string; ready: boolean; reason?: string }[] }

export interface Readiness { report(): Promise<ReadinessReport> }

const CHECK_TIMEOUT_MS = 2_000;
/** Anybody may ask: answers this young are given again. */
const ANSWER_AGE_MAX_MS = 250;

export function createReadiness(checks: readonly ReadinessCheck[], nowMs: () => number = Date.now): Readiness {
  let last: { atMs: number; report: Promise<ReadinessReport> } | null = null;
  const ask = async (): Promise<ReadinessReport> => {
    const answers = await Promise.all(checks.map(async (check) => {
      const reason = await withTimeout(check.problem().catch(() => 'it can\'t be reached'), CHECK_TIMEOUT_MS, 'it does not answer');
      return { name: check.name, ready: reason === null, ...(reason === null ? {} : { reason }) };
    }));
    return { ready: answers.every((each) => each.ready), checks: answers };
  };
  return {
    report() {
      if (!last || nowMs() - last.atMs > ANSWER_AGE_MAX_MS) last = { atMs: nowMs(), report: ask() };
      return last.report;
    },
  };
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => { timer = setTimeout(() => resolve(otherwise), timeoutMs); });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
