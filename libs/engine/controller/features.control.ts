/**
 * Features. A new cluster finalizes the metadata version alone: group, transaction, share and streams versions tell clients of protocols
 * that aren't served here. Levels that Apache Kafka left stay in the log, and aren't shown.
 */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { metadataRecord, type MetadataRecord } from '../quorum/index.js';
import type { MetadataImage } from './api.js';
import { METADATA_VERSION_FEATURE } from './image-records.js';

/** 4.3-IV0. */
export const METADATA_VERSION = 30;
const OLDEST_METADATA_VERSION = 7;

export interface FeatureRange { name: string; minVersion: number; maxVersion: number }
/** What this software can run at; said in registrations. */
export const SUPPORTED_FEATURES: readonly FeatureRange[] = [{ name: METADATA_VERSION_FEATURE, minVersion: OLDEST_METADATA_VERSION, maxVersion: METADATA_VERSION }];

export const BOOTSTRAP_RECORDS: readonly MetadataRecord[] = [metadataRecord('FeatureLevelRecord', { name: METADATA_VERSION_FEATURE, featureLevel: METADATA_VERSION })];

/** The first records of a new cluster, as one metadata transaction. */
export function bootstrapTransaction(records: readonly MetadataRecord[]): MetadataRecord[] {
  return [metadataRecord('BeginTransactionRecord', { name: 'Bootstrap records' }), ...records, metadataRecord('EndTransactionRecord', {})];
}

export function checkMetadataVersion(image: MetadataImage): void {
  const level = image.features.get(METADATA_VERSION_FEATURE);
  if (level !== undefined && level >= OLDEST_METADATA_VERSION && level <= METADATA_VERSION) return;
  throw new KafkaError(ErrorCode.UNSUPPORTED_VERSION, `metadata.version ${level ?? '(none)'} isn't between ${OLDEST_METADATA_VERSION} and ${METADATA_VERSION}`);
}
