/**
 * The logs behind a topic. The caller has to be one that may describe the topic: with a cluster key the cluster is asked for it as that key first, then
 * for its logs as the platform, because no Kafka call tells so much of them.
 */
import { ControlFailure, notFound, parsePage, type Caller, type Page, type PageRequest } from '#libs/control/domain';
import { ClusterAuthenticationError, describeLogs, describeTopic, type PartitionLogDescription, type SegmentDescription, type TopicLogDescription } from '#libs/kafka/client';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import type { DataPlaneConnections } from './connections.js';

export interface LogsUseCases {
  partitions(caller: Caller, clusterId: string, topic: string, page: PageRequest): Promise<Page<PartitionLogDescription>>;
  partition(caller: Caller, clusterId: string, topic: string, partition: number): Promise<{ cleanupPolicy: string; log: PartitionLogDescription }>;
  /** The oldest first. */
  segments(caller: Caller, clusterId: string, topic: string, partition: number, page: PageRequest): Promise<Page<SegmentDescription>>;
}

interface NumberedPage { limit: number; after: number }

/** Of what is ordered by a number; the token holds the last one shown. Looked at before any cluster is asked. */
const parseNumberedPage = (request: PageRequest): NumberedPage => ({
  limit: parsePage({ pageSize: request.pageSize }).limit, after: request.pageToken === undefined ? -1 : decodeToken(request.pageToken),
});

function pageByNumber<T>({ limit, after }: NumberedPage, all: readonly T[], numberOf: (item: T) => number): Page<T> {
  const rest = all.filter((item) => numberOf(item) > after);
  const items = rest.slice(0, limit);
  return { items, pageSize: limit, nextPageToken: rest.length > limit ? Buffer.from(`n${numberOf(items.at(-1)!)}`).toString('base64url') : null, totalSize: all.length };
}

function decodeToken(token: string): number {
  const match = /^[A-Za-z0-9_-]{1,40}$/.test(token) ? /^n(\d{1,16})$/.exec(Buffer.from(token, 'base64url').toString('utf8')) : null;
  if (match === null) throw new ControlFailure('invalid_page_token', 'page_token is not one that this platform gave out', { source: { parameter: 'page_token' } });
  return Number(match[1]);
}

/** What a cluster refuses, as the platform says it. */
function toFailure(error: unknown, caller: Caller, clusterId: string, what: string): unknown {
  // The platform knew the key and the broker doesn't any more: it was revoked in between.
  if (error instanceof ClusterAuthenticationError && caller.kind === 'cluster-key') return new ControlFailure('invalid_api_key', 'invalid API key: the Kafka cluster refuses it');
  if (!(error instanceof KafkaError)) return error;
  switch (error.code) {
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION: case ErrorCode.INVALID_TOPIC_EXCEPTION: return notFound('topic', what);
    case ErrorCode.TOPIC_AUTHORIZATION_FAILED: return new ControlFailure('user_unauthorized', `no ACL of the Kafka cluster allows this key to describe the topic ${what}`);
    case ErrorCode.UNSUPPORTED_VERSION: return new ControlFailure('not_supported_by_engine', `the engine of the Kafka cluster ${clusterId} does not tell of its logs`);
    default: return error;
  }
}

export function createLogsUseCases(connections: DataPlaneConnections): LogsUseCases {
  async function describe(caller: Caller, clusterId: string, topic: string, asked: { partitions: readonly number[] | null; segments: boolean }): Promise<TopicLogDescription> {
    const { access, client } = await connections.open(caller, clusterId);
    try {
      const { partitions } = await describeTopic(client, topic);
      const missing = asked.partitions?.find((index) => !partitions.some(({ partition }) => partition === index));
      if (missing !== undefined) throw notFound('partition', `${topic}/${missing}`);
      return await describeLogs(connections.asPlatform(access), { topic, ...asked });
    } catch (error) {
      throw toFailure(error, caller, clusterId, topic);
    }
  }
  const one = async (caller: Caller, clusterId: string, topic: string, partition: number, segments: boolean) => {
    const { cleanupPolicy, partitions } = await describe(caller, clusterId, topic, { partitions: [partition], segments });
    return { cleanupPolicy, log: partitions[0]! };
  };
  return {
    async partitions(caller, clusterId, topic, request) {
      const page = parseNumberedPage(request);
      const { partitions } = await describe(caller, clusterId, topic, { partitions: null, segments: false });
      return pageByNumber(page, partitions, ({ partition }) => partition);
    },
    partition: (caller, clusterId, topic, partition) => one(caller, clusterId, topic, partition, false),
    async segments(caller, clusterId, topic, partition, request) {
      const page = parseNumberedPage(request);
      const { log } = await one(caller, clusterId, topic, partition, true);
      return pageByNumber(page, log.segments, ({ baseOffset }) => baseOffset);
    },
  };
}
