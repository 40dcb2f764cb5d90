/**
 * `run/process.json`: what the platform knows of a node's process. Written before the process is spawned (`launching`, without a pid),
 * so that one that was started and never recorded is still looked for, found by its command line, and taken over or ended.
 */
import { randomUUID } from 'node:crypto';
import { readJsonFile, replaceFile } from '#libs/host';
import type { NodeLayout } from './node-layout.js';

export interface NodeRecord {
  version: 1;
  /** One per launch; the process carries it in its environment. */
  token: string;
  phase: 'launching' | 'running' | 'stopping' | 'stopped' | 'exited';
  pid: number | null;
  startTime: string | null;
  /** Build or version that the process runs, and that a restart after a crash runs again. */
  bundle: string;
  /** Of the configuration that it was started with. */
  configSha256: string;
  everReady: boolean;
  exitReason: string | null;
  launchedAtMs: number;
}

export function readRecord(layout: NodeLayout): NodeRecord | null {
  const record = readJsonFile(layout.record) as NodeRecord | null;
  return record?.version === 1 ? record : null;
}

export function writeRecord(layout: NodeLayout, record: NodeRecord): Promise<void> {
  return replaceFile(layout.record, `${JSON.stringify(record)}\n`, 0o600);
}

export function newRecord(bundle: string, configSha256: string, launchedAtMs: number): NodeRecord {
  return { version: 1, token: randomUUID(), phase: 'launching', pid: null, startTime: null, bundle, configSha256, everReady: false, exitReason: null, launchedAtMs };
}
