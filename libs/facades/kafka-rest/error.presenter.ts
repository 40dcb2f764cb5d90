/**
 * Errors of the REST proxy: `{error_code, message}`. `error_code` is the HTTP status, or status and two digits where the vendor tells cases apart.
 * Its clients take any 404 for "gone", so a bad key is 401 and a bad request 400, also where the control plane would say 409 or 422.
 */
import type { Caller } from '#libs/control/application';
import { HttpFailure, unauthenticated, type ErrorDialect, type Problem } from '#libs/http';
import { ClusterAuthenticationError } from '#libs/kafka/client';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';

const CODE_OF_STATUS: Readonly<Record<number, number>> = { 400: 40002, 401: 40101, 402: 40002, 403: 40301, 409: 40002, 422: 40002 };
const STATUS: Readonly<Record<number, number>> = { 402: 400, 409: 400, 422: 400 };
/** The code of a problem that stands for a Kafka error carries the number to show. */
const KAFKA_CODE = /^kafka_(\d+)$/;

export const kafkaRestDialect: ErrorDialect = {
  pathPrefix: '/kafka/v3',
  present(problem: Problem) {
    const shown = KAFKA_CODE.exec(problem.code);
    // A cluster that is still being made, or paused, isn't the caller's mistake: it may try again.
    if (problem.code === 'cluster_not_ready' || problem.code === 'cluster_paused') return { status: 503, body: { error_code: 50301, message: messageOf(problem) } };
    const status = STATUS[problem.status] ?? problem.status;
    return { status, body: { error_code: shown ? Number(shown[1]) : CODE_OF_STATUS[problem.status] ?? problem.status, message: messageOf(problem) } };
  },
};

function messageOf(problem: Problem): string {
  return problem.details.map(({ detail, source }) => (source && 'pointer' in source && source.pointer ? `${detail} (${source.pointer})` : detail)).join(' ');
}

const NOT_FOUND: ReadonlySet<number> = new Set([ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.UNKNOWN_TOPIC_ID, ErrorCode.GROUP_ID_NOT_FOUND, ErrorCode.BROKER_NOT_AVAILABLE]);
const FORBIDDEN: ReadonlySet<number> = new Set([
  ErrorCode.TOPIC_AUTHORIZATION_FAILED, ErrorCode.GROUP_AUTHORIZATION_FAILED, ErrorCode.CLUSTER_AUTHORIZATION_FAILED, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
]);
const MESSAGES: Readonly<Record<number, string>> = {
  [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]: 'This server does not host this topic-partition.',
  [ErrorCode.TOPIC_AUTHORIZATION_FAILED]: 'Not authorized to access topics.',
  [ErrorCode.GROUP_AUTHORIZATION_FAILED]: 'Not authorized to access group.',
  [ErrorCode.CLUSTER_AUTHORIZATION_FAILED]: 'Cluster authorization failed.',
};

/** What the cluster answered, as an HTTP failure of this dialect. Retriable Kafka errors are 503. */
export function fromKafkaError(error: KafkaError): HttpFailure {
  const text = error.message === error.codeName ? MESSAGES[error.code] ?? error.codeName : error.message;
  const details = [{ detail: text }];
  // Topics that aren't there are "retriable" to Kafka's clients, which wait for metadata; here they are not found.
  if (NOT_FOUND.has(error.code)) return new HttpFailure(404, 'kafka_40403', details);
  if (FORBIDDEN.has(error.code)) return new HttpFailure(403, 'kafka_40301', details);
  if (error.retriable) return new HttpFailure(503, 'kafka_50302', details, { 'Retry-After': '1' });
  return new HttpFailure(400, 'kafka_40002', details);
}

/** What a call to a cluster came to, as the error that leaves here. */
export function fromClusterError(error: unknown, caller: Pick<Caller, 'kind'> | null): unknown {
  if (error instanceof KafkaError) return fromKafkaError(error);
  // The platform knew the key and the broker doesn't any more: it was revoked in between. Where the platform's own login is refused, the caller's key isn't at fault.
  if (error instanceof ClusterAuthenticationError && caller?.kind === 'cluster-key') return unauthenticated();
  return error;
}
