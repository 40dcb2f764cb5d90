/**
 * From a directory to an active controller: format or read it, replay snapshot and log, take the lead, finish what a crash left open, write
 * the first records of a new cluster, register this broker and give it back its partitions. All of that is appended, then made durable once.
 */
import { join } from 'node:path';
import type { Env } from '#libs/kernel';
import {
  BOOTSTRAP_FILE, ensureFormatted, metadataRecord, openMetadataLog, quorumErrors, quorumLimits, readSnapshotFile, type MetadataLog, type MetadataRecord, type VoterEndpoint,
} from '../quorum/index.js';
import { decideRegister, decideTakeOver, decideUnfence, type SelfDescription } from './brokers.control.js';
import type { ConfigContext } from './config-definitions/index.js';
import { BOOTSTRAP_RECORDS, bootstrapTransaction, checkMetadataVersion } from './features.control.js';
import { METADATA_VERSION_FEATURE } from './image-records.js';
import { createMetadataReplayer, type MetadataReplayer } from './metadata-replay.js';

/** What the controller needs of the broker's settings; BrokerConfig of the server fits. */
export interface ControllerConfig extends ConfigContext {
  clusterId: string;
  rack: string | null;
  advertisedListeners: readonly { listener: string; host: string; port: number; securityProtocol: string }[];
  numPartitions: number;
  defaultReplicationFactor: number;
}

export interface ControllerOptions {
  /** The log directory that holds `meta.properties` and `__cluster_metadata-0`; formatted when it is new. */
  directory: string;
  config: ControllerConfig;
  /** The CONTROLLER listener, as voters name it. */
  controllerEndpoint: VoterEndpoint & { securityProtocol: string };
  /** Called once when the metadata log failed: the broker has to end. Every later call is refused. */
  onFatal?: (error: unknown) => void;
}

export interface StartedController { log: MetadataLog; replayer: MetadataReplayer; brokerEpoch: number; directoryId: string }

/** Appends in batches of what one may hold, and replays; not yet durable. */
export function appendAndReplay(log: MetadataLog, replayer: MetadataReplayer, records: readonly MetadataRecord[]): void {
  for (let at = 0; at < records.length; at += quorumLimits.recordsPerBatchMax) {
    const batch = records.slice(at, at + quorumLimits.recordsPerBatchMax);
    const { baseOffset } = log.append(batch);
    batch.forEach((record, index) => replayer.record(record, baseOffset + index, log.epoch));
  }
}

function bootstrapRecords(env: Env, directory: string): readonly MetadataRecord[] {
  const path = join(directory, BOOTSTRAP_FILE);
  if (env.disk.stat(path) === null) return BOOTSTRAP_RECORDS;
  const records: MetadataRecord[] = [];
  readSnapshotFile(env, path, { record: (record) => records.push(record), control: () => undefined });
  return records;
}

export async function startController(env: Env, options: ControllerOptions): Promise<StartedController> {
  const { config, directory } = options;
  const { name, host, port } = options.controllerEndpoint;
  const endpoint: VoterEndpoint = { name, host, port };
  const meta = await ensureFormatted(env, { directory, clusterId: config.clusterId, nodeId: config.nodeId, endpoint, bootstrapRecords: BOOTSTRAP_RECORDS });
  const replayer = createMetadataReplayer(config.clusterId);
  const log = await openMetadataLog(env, { directory, nodeId: config.nodeId, directoryId: meta.directoryId, endpoint }, {
    reset: () => replayer.reset(),
    record(record, offset, epoch) {
      try {
        replayer.record(record, offset, epoch);
      } catch (error) {
        throw quorumErrors.badRecord(offset, error instanceof Error ? error.message : String(error), error);
      }
    },
  });
  const isNew = replayer.image().features.get(METADATA_VERSION_FEATURE) === undefined && replayer.image().offset < 0;
  if (!isNew) checkMetadataVersion(replayer.image());
  await log.lead();
  if (replayer.inTransaction) appendAndReplay(log, replayer, [metadataRecord('AbortTransactionRecord', { reason: 'Controller failover' })]);
  if (isNew) {
    appendAndReplay(log, replayer, bootstrapTransaction(bootstrapRecords(env, directory)));
    checkMetadataVersion(replayer.image());
  }
  const self: SelfDescription = {
    nodeId: config.nodeId, rack: config.rack, directoryId: meta.directoryId, endpoints: config.advertisedListeners, controllerEndpoint: options.controllerEndpoint,
  };
  appendAndReplay(log, replayer, decideTakeOver(replayer.image(), self, env.random));
  const brokerEpoch = log.endOffset;
  appendAndReplay(log, replayer, [decideRegister(self, brokerEpoch, env.random)]);
  appendAndReplay(log, replayer, decideUnfence(replayer.image(), self));
  await log.flush();
  return { log, replayer, brokerEpoch, directoryId: meta.directoryId };
}
