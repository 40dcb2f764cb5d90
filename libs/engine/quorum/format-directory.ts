/**
 * Formats a log directory for a new node, as `kafka-storage format --standalone` does: the bootstrap features, then the snapshot that names
 * the first voter, and last `meta.properties`, whose presence says that the directory is whole. Safe to repeat after a crash.
 */
import { join } from 'node:path';
import { makeDirectory, type Env } from '#libs/kernel';
import type { MetadataRecord } from './metadata-record.js';
import { readMetaProperties, writeMetaProperties, type MetaProperties } from './meta-properties.js';
import { encodeSnapshot, snapshotName, writeSnapshotFile } from './snapshot-file.js';
import { newUuid } from './uuid.js';
import type { VoterEndpoint } from './control-record.js';

export const METADATA_DIRECTORY = '__cluster_metadata-0';
export const BOOTSTRAP_FILE = 'bootstrap.checkpoint';

export interface FormatOptions {
  /** One of `log.dirs`. */
  directory: string;
  clusterId: string;
  nodeId: number;
  /** The CONTROLLER listener. */
  endpoint: VoterEndpoint;
  bootstrapRecords: readonly MetadataRecord[];
}

/** Answers what is there already; formats a directory without `meta.properties`. Another node's or cluster's directory is an error. */
export async function ensureFormatted(env: Pick<Env, 'disk' | 'cpu' | 'random'>, options: FormatOptions): Promise<MetaProperties> {
  const existing = readMetaProperties(env, options.directory, options);
  if (existing !== null) return existing;
  const properties: MetaProperties = { clusterId: options.clusterId, nodeId: options.nodeId, directoryId: newUuid(env.random) };
  const metadata = join(options.directory, METADATA_DIRECTORY);
  await makeDirectory(env.disk, options.directory);
  env.disk.mkdir(metadata);
  await writeSnapshotFile(env, options.directory, BOOTSTRAP_FILE, encodeSnapshot(env, { epoch: 0, timestampMs: 0, control: [], records: options.bootstrapRecords }));
  const voters = [{ id: options.nodeId, directoryId: properties.directoryId, endpoints: [options.endpoint] }];
  await writeSnapshotFile(env, metadata, snapshotName({ offset: 0, epoch: 0 }), encodeSnapshot(env, {
    epoch: 0, timestampMs: 0, control: [{ type: 'kraftVersion', level: 1 }, { type: 'voters', voters }], records: [],
  }));
  await writeMetaProperties(env, options.directory, properties);
  return properties;
}
