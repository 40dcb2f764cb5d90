/** The broker's word on itself for whoever started it. Replaced by rename; it tells of a running process, so nothing waits for the disk. */
import { invariant, type Disk, type Log } from '#libs/kernel';
import { BROKER_TRANSITIONS, type BrokerPhase } from './broker.states.js';

export interface BrokerIdentity { pid: number; /** Hash of the build that runs. */ bundle: string | null }

export interface StatusFile {
  readonly phase: BrokerPhase;
  /** Says `starting`, once the directory is this broker's: before that the file may be a running one's. */
  begin(): void;
  enter(phase: BrokerPhase, reason?: string): void;
}

export function createStatusFile(disk: Disk, log: Log, path: string | null, identity: BrokerIdentity, startedAtMs: number): StatusFile {
  let phase: BrokerPhase = 'starting';
  const write = (reason: string | null): void => {
    if (path === null) return;
    const content = Buffer.from(`${JSON.stringify({ pid: identity.pid, startedAtMs, phase, reason, bundle: identity.bundle })}\n`, 'utf8');
    try {
      const file = disk.open(`${path}.tmp`, 'readwrite');
      try {
        file.truncate(0);
        file.write(0, [content]);
      } finally {
        file.close();
      }
      disk.rename(`${path}.tmp`, path);
    } catch (error) {
      // A broker that serves isn't ended because nobody can be told.
      log.write('warn', 'status-not-written', { path, error: (error as Error).message });
    }
  };
  return {
    get phase() { return phase; },
    begin: () => write(null),
    enter(next, reason) {
      invariant(BROKER_TRANSITIONS[phase].includes(next), `a broker moves from ${phase} to ${next}`);
      phase = next;
      write(reason ?? null);
    },
  };
}
