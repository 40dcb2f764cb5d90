/** What a JVM that crashed leaves beside its log. The newest reports stay for whoever looks for the reason; an image of its memory is as large as the heap, and none is kept. */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeLayout } from '#libs/drivers/nodes';
import { CRASH_REPORTS_MAX } from './apache.limits.js';

const REPORT = /^(?:hs_err_(?:pid)?\d+|replay_pid\d+)\.log$/;
const IMAGE = /^(?:core(?:\.\d+)?|java_pid\d+\.hprof)$/;

/** Where reports go, and no images of memory. */
export const crashOptions = ({ logs }: Pick<NodeLayout, 'logs'>): string[] => ['-XX:-CreateCoredumpOnCrash', `-XX:ErrorFile=${join(logs, 'hs_err_%p.log')}`, `-XX:ReplayDataFile=${join(logs, 'replay_pid%p.log')}`];

/** Before a start: nobody writes there then. */
export function trimCrashFiles({ directory, logs }: Pick<NodeLayout, 'directory' | 'logs'>): void {
  const files = [directory, logs].filter(existsSync).flatMap((at) => readdirSync(at, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => ({ name, path: join(at, name) })));
  const reports = files.filter(({ name }) => REPORT.test(name)).map(({ path }) => ({ path, writtenMs: statSync(path).mtimeMs })).sort((a, b) => b.writtenMs - a.writtenMs);
  for (const { path } of [...files.filter(({ name }) => IMAGE.test(name)), ...reports.slice(CRASH_REPORTS_MAX)]) rmSync(path, { force: true });
}
