import { readFileSync, statSync } from 'node:fs';
import { EXIT_REASON_LENGTH_MAX, tailLines, type NodeStatus } from '#libs/drivers/nodes';
import { STATUS_BYTES_MAX } from './embedded.limits.js';

const PHASES: readonly NodeStatus['phase'][] = ['starting', 'recovering', 'ready', 'stopping', 'failed'];

/** What a broker says of itself in `run/status.json`. Null when there is none, or none that makes sense: a broker replaces it atomically, so half a file is somebody else's. */
export function readStatus(path: string): NodeStatus | null {
  try {
    if (statSync(path).size > STATUS_BYTES_MAX) return null;
    const { pid, phase, reason } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const known = PHASES.find((candidate) => candidate === phase);
    if (typeof pid !== 'number' || !known) return null;
    return { pid, phase: known, reason: typeof reason === 'string' ? reason.slice(0, EXIT_REASON_LENGTH_MAX) : null };
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The last error in a broker's log, for a process that ended without a word in its status. */
export function lastError(logPath: string): string | null {
  for (const line of tailLines(logPath).reverse()) {
    const text = errorOf(line);
    if (text) return text.slice(0, EXIT_REASON_LENGTH_MAX);
  }
  return null;
}

/** A structured line of level error, or what Node prints for an error that nobody caught. */
function errorOf(line: string): string | null {
  if (!line.startsWith('{')) return /^\w*Error\b.*: /.test(line) ? line : null;
  try {
    const entry = JSON.parse(line) as Record<string, unknown>;
    if (entry['level'] !== 'error') return null;
    const detail = entry['reason'] ?? entry['error'] ?? entry['message'];
    return typeof detail === 'string' ? `${String(entry['event'])}: ${detail}` : String(entry['event']);
  } catch {
    return null;
  }
}
