import type { BrokerProcessState, ObservedBroker } from '#libs/control/domain';
import { findNode } from './node-process.js';
import { readRecord, type NodeRecord } from './node-record.js';
import type { NodeLayout } from './node-layout.js';
import type { NodeKey, NodeProgram, NodeStatus } from './node-program.js';

/** One node as it is: the record says what was meant, the system whether the process is there, its status how it fares. */
export function observeNode({ clusterId, nodeId }: NodeKey, layout: NodeLayout, program: NodeProgram, launching: boolean): ObservedBroker {
  const record = readRecord(layout);
  if (!record) return { nodeId, process: launching ? 'starting' : 'absent', pid: null, everReady: false, exitReason: null, bundle: null, configMatches: false };
  const identity = findNode(program.marks(clusterId, layout), record);
  const pid = identity?.pid ?? record.pid;
  const status = pid === null ? null : program.status(layout, pid);
  const process = identity ? stateOfRunning(record, status, program) : launching ? 'starting' : record.phase === 'stopped' || record.phase === 'stopping' ? 'absent' : 'failed';
  return {
    nodeId,
    process,
    pid: identity?.pid ?? null,
    everReady: record.everReady || (!program.confirmReady && status?.phase === 'ready') || status?.phase === 'stopping',
    exitReason: process === 'failed' ? status?.reason ?? record.exitReason ?? lastWords(layout, program, record) : null,
    bundle: record.bundle,
    configMatches: program.fingerprint(layout) === record.configSha256,
  };
}

/** Its end may not have been noted yet. */
const lastWords = (layout: NodeLayout, { lastWords: said }: NodeProgram, { launchedAtMs }: NodeRecord): string => ['the process is gone', said(layout, launchedAtMs)].filter(Boolean).join(': ');

function stateOfRunning(record: NodeRecord, status: NodeStatus | null, program: NodeProgram): BrokerProcessState {
  if (record.phase === 'stopping') return 'stopping';
  if (!status) return 'starting';
  return status.phase === 'ready' && program.confirmReady && !record.everReady ? 'starting' : status.phase;
}
