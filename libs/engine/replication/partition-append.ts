/** The write path of a partition: Kafka's checks, idempotence, the append, and what it commits. Synchronous, in the order of the calls. */
import { ErrorCode, KafkaError, NO_PRODUCER_ID, isControlBatch, lastSequence, readBatchHeader, type BatchHeader } from '#libs/kafka/protocol';
import type { AppendOptions, AppendResult } from './api.js';
import { NEVER_MS } from './flush-schedule.js';
import { guarded, type PartitionState } from './partition-state.js';
import { checkProducer, type ProducerDecision } from './producer-check.js';
import { validateBatch, type BatchVerdict } from './validate-batch.js';

/** flush.messages where nobody set it. */
const NEVER_FLUSHED = Number.MAX_SAFE_INTEGER;

function refusal(errorCode: ErrorCode, errorMessage: string | null, logStartOffset: number, recordErrors: AppendResult['recordErrors'] = []): AppendResult {
  return { errorCode, errorMessage, baseOffset: -1, logAppendTimeMs: -1, logStartOffset, recordErrors, requiredOffset: -1 };
}

function judge(state: PartitionState, records: Buffer, how: AppendOptions): BatchVerdict {
  const { settings } = state.view;
  const { env } = state;
  if (how.origin === 'client') return validateBatch(records, { settings, apiVersion: how.apiVersion, nowMs: env.clock.now(), cpu: env.cpu, topicPartition: state.name });
  if (records.length <= settings.maxMessageBytes) return { ok: true, batch: records, header: readBatchHeader(records) };
  return { ok: false, errorCode: ErrorCode.MESSAGE_TOO_LARGE, message: `${records.length} bytes are more than ${settings.maxMessageBytes}`, recordErrors: [] };
}

function decideOnProducer(state: PartitionState, header: BatchHeader): ProducerDecision {
  if (header.producerId <= NO_PRODUCER_ID || isControlBatch(header)) return { kind: 'append' };
  return checkProducer(state.log.producer(header.producerId), {
    producerId: header.producerId, producerEpoch: header.producerEpoch, firstSequence: header.baseSequence, lastSequence: lastSequence(header),
  });
}

/** Kafka caps min.insync.replicas at the replication factor, so that one replica with a default of two can be written to. */
function lacksReplicas(state: PartitionState, requiredAcks: number): string | null {
  const { view } = state;
  const needed = Math.min(view.settings.minInsyncReplicas, view.replicas);
  if (requiredAcks !== -1 || view.inSyncReplicas >= needed) return null;
  return `${state.name} has ${view.inSyncReplicas} in-sync replicas, ${needed} are needed`;
}

/** In flush mode `os`: commits, unless flush.messages wants a flush first. Answers whether it does for this append. */
function commitUnflushed(state: PartitionState, offset: number): boolean {
  const { settings } = state.view;
  const { flushes } = state.options;
  if (settings.flushMs < NEVER_MS) flushes?.dirty(state.byTime);
  const isDue = settings.flushMessages < NEVER_FLUSHED && offset - Math.max(state.log.recoveryPoint, state.flushTo) >= settings.flushMessages;
  if (isDue) {
    state.flushTo = offset;
    state.commits.request();
  } else if (state.highWatermark.value >= state.flushTo) state.highWatermark.advance({ offset, bytes: state.appendedBytes });
  return isDue;
}

function store(state: PartitionState, batch: Buffer): AppendResult {
  const { log, view } = state;
  const logAppendTimeMs = view.settings.timestampType === 'LogAppendTime' ? state.env.clock.now() : null;
  const info = log.append(batch, { leaderEpoch: view.leaderEpoch, logAppendTimeMs });
  state.appendedBytes += batch.length;
  state.options.room?.appended(batch.length);
  state.traffic.bytesIn += batch.length;
  state.traffic.recordsIn += info.lastOffset - info.firstOffset + 1;
  const result: AppendResult = {
    errorCode: ErrorCode.NONE, errorMessage: null, baseOffset: info.firstOffset, logAppendTimeMs: info.logAppendTimeMs,
    logStartOffset: log.logStartOffset, recordErrors: [], requiredOffset: info.lastOffset + 1,
  };
  if (state.options.flushMode === 'ack') state.commits.request();
  else if (commitUnflushed(state, result.requiredOffset)) result.awaitsFlush = true;
  return result;
}

export function appendAsLeader(state: PartitionState, records: Buffer, how: AppendOptions): AppendResult {
  if (state.endedWith !== ErrorCode.NONE) return refusal(state.endedWith, null, -1);
  const { logStartOffset } = state.log;
  if (how.origin === 'client' && state.options.isInternal) {
    return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, `clients may not write to the internal topic ${state.options.topic}`, logStartOffset);
  }
  const lacking = lacksReplicas(state, how.requiredAcks);
  if (lacking !== null) return refusal(ErrorCode.NOT_ENOUGH_REPLICAS, lacking, logStartOffset);
  const verdict = judge(state, records, how);
  if (!verdict.ok) return refusal(verdict.errorCode, verdict.message, verdict.early ? -1 : logStartOffset, verdict.recordErrors);
  const decision = decideOnProducer(state, verdict.header);
  if (decision.kind === 'refused') return refusal(decision.errorCode, decision.message, logStartOffset);
  if (decision.kind === 'duplicate') {
    // Kafka answers the time of the batch that it has, whichever kind of time the topic keeps.
    return { ...refusal(ErrorCode.NONE, null, logStartOffset), baseOffset: decision.baseOffset, logAppendTimeMs: decision.batch.timestamp, requiredOffset: decision.batch.lastOffset + 1 };
  }
  const noRoom = how.origin === 'client' ? state.options.room?.refusal() ?? null : null;
  if (noRoom !== null) return refusal(ErrorCode.POLICY_VIOLATION, noRoom, logStartOffset);
  try {
    return guarded(state, () => store(state, verdict.batch));
  } catch (error) {
    if (error instanceof KafkaError) return refusal(error.code, error.message, logStartOffset);
    throw error;
  }
}
