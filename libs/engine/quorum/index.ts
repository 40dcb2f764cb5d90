export { metadataRecord, encodeMetadataRecord, decodeMetadataRecord, type MetadataRecord, type MetadataRecordOf, type MetadataRecordType, type MetadataRecordValues } from './metadata-record.js';
export { openMetadataLog, METADATA_TOPIC_ID, type AppendedBatch, type MetadataLog, type MetadataLogOptions, type MetadataReplay } from './metadata-log.js';
export { ensureFormatted, BOOTSTRAP_FILE, METADATA_DIRECTORY, type FormatOptions } from './format-directory.js';
export { readMetaProperties, formatMetaProperties, parseMetaProperties, type MetaProperties } from './meta-properties.js';
export { readSnapshotFile, listSnapshots, snapshotName, type SnapshotId } from './snapshot-file.js';
export type { MetadataVisitor } from './metadata-batch.js';
export type { ControlRecord, Voter, VoterEndpoint } from './control-record.js';
export { quorumErrors } from './quorum.errors.js';
export { quorumLimits } from './quorum.limits.js';
