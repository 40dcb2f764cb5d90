/** What deciding gives: records to write, and the answer that counts once they are committed. */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import type { MetadataRecord } from '../quorum/index.js';
import type { ItemResult } from './api.js';

export interface Decision<T> { records: MetadataRecord[]; result: T }

export const OK: ItemResult = { errorCode: ErrorCode.NONE, errorMessage: null };

export function itemError(error: unknown): ItemResult {
  if (error instanceof KafkaError) return { errorCode: error.code, errorMessage: error.message };
  throw error;
}
