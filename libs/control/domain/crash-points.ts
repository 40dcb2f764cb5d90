/**
 * Named places on both sides of every side effect of the control plane. With `CRASH_AT=name:n` in the environment the process kills itself
 * the n-th time it passes that place: a test goes through this registry, so a new side effect without its two places is the only gap there
 * can be. Without the variable, passing one costs a comparison.
 */
const sideEffects = [
  'allocate-ports', 'prepare', 'apply-principals', 'start-broker', 'stop-broker', 'stop-together', 'apply-configs', 'update-features',
  'plan-moves', 'move-partitions', 'elect-leaders', 'mark-balanced', 'unregister-broker', 'remove-broker', 'forget-broker',
  'mark-replaced', 'remove-voter', 'mark-cleared', 'add-voter', 'mark-joined', 'mark-roles', 'mark-provisioned', 'mark-paused', 'mark-failed', 'retry-provisioning',
  'remove', 'forget', 'publish-principals',
] as const;

export type SideEffect = (typeof sideEffects)[number];
export type CrashPoint = `${SideEffect}.${'before' | 'after'}`;

export const crashPoints: readonly CrashPoint[] = sideEffects.flatMap((name) => [`${name}.before`, `${name}.after`] as const);

export interface CrashPoints { pass(point: CrashPoint): void }

export function createCrashPoints(setting: string | undefined, crash: () => void): CrashPoints {
  if (setting === undefined || setting === '') return { pass: () => undefined };
  const [name, count = '1'] = setting.split(':');
  let left = Number(count);
  if (!crashPoints.some((point) => point === name) || !Number.isInteger(left) || left < 1) throw new Error(`CRASH_AT=${setting} names no crash point; there are ${crashPoints.join(', ')}`);
  return {
    pass: (point) => {
      if (point !== name) return;
      left -= 1;
      if (left === 0) crash();
    },
  };
}

/** Nothing of the process runs after this: no handler, no flush, as after a kill -9. */
export const crashProcess = (): void => { process.kill(process.pid, 'SIGKILL'); };
