import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { BrokerProcessState, ObservedBroker } from '#libs/control/domain';
import { findBroker } from './broker-process.js';
import { readRecord, type BrokerRecord } from './broker-record.js';
import { readStatus, type BrokerStatus } from './broker-status.js';
import type { NodeLayout } from './cluster-layout.js';
import { withoutLiveSettings } from './server-properties.js';

/** One broker as it is: the record says what was meant, the system whether the process is there, the status file how it fares. */
export function observeBroker(clusterId: string, nodeId: number, layout: NodeLayout, launching: boolean): ObservedBroker {
  const record = readRecord(layout);
  if (!record) return { nodeId, process: launching ? 'starting' : 'absent', pid: null, everReady: false, exitReason: null, bundle: null, configMatches: false };
  const identity = findBroker(clusterId, layout, record);
  const status = readStatus(layout.status);
  const own = status && status.pid === (identity?.pid ?? record.pid) ? status : null;
  const process = identity ? stateOfRunning(record, own) : launching ? 'starting' : record.phase === 'stopped' || record.phase === 'stopping' ? 'absent' : 'failed';
  return {
    nodeId,
    process,
    pid: identity?.pid ?? null,
    everReady: record.everReady || own?.phase === 'ready' || own?.phase === 'stopping',
    exitReason: process === 'failed' ? own?.reason ?? record.exitReason ?? 'the process is gone' : null,
    bundle: record.bundle,
    configMatches: configSha256(layout) === record.configSha256,
  };
}

export function configSha256(layout: NodeLayout): string | null {
  return existsSync(layout.serverProperties) ? createHash('sha256').update(withoutLiveSettings(readFileSync(layout.serverProperties, 'utf8'))).digest('hex') : null;
}

function stateOfRunning(record: BrokerRecord, status: BrokerStatus | null): BrokerProcessState {
  return record.phase === 'stopping' ? 'stopping' : status?.phase ?? 'starting';
}
