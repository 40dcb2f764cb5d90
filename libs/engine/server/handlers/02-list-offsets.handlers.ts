/**
 * ListOffsets 1-11. Special timestamps: −1 latest (the high watermark; the last stable offset for read_committed), −2 earliest, −3 the
 * record with the largest timestamp (v7), −4 earliest local (v8), −5 latest tiered (v9) and −6 earliest pending upload (v11), which
 * without tiered storage have no answer. A timestamp ≥ 0: the first record at or after it; offset −1 when there is none. v2: isolation
 * level. v4: leader epochs (KIP-320). v6: flexible. v10: timeout of remote look-ups, which there are none of.
 */
import { ApiKey, ErrorCode, KafkaError, ListOffsetsRequest, ListOffsetsResponse, type Draft } from '#libs/kafka/protocol';
import { checkLeaderEpoch, type LeaderPartition } from '../../replication/index.js';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { AclOperation, createTopicAccess } from './topic-access.js';

const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
const EARLIEST_PENDING_UPLOAD = -6;
const FIRST_VERSIONS: ReadonlyMap<number, number> = new Map([[LATEST, 1], [EARLIEST, 1], [MAX_TIMESTAMP, 7], [EARLIEST_LOCAL, 8], [LATEST_TIERED, 9], [EARLIEST_PENDING_UPLOAD, 11]]);
const READ_COMMITTED = 1;
const FIRST_VERSION_WITH_EPOCHS = 4;

type Wanted = ListOffsetsRequest['topics'][number]['partitions'][number];
type PartitionAnswer = Draft<ListOffsetsResponse['topics'][number]['partitions'][number]>;
interface Found { timestamp: number; offset: number; leaderEpoch: number }

const NOTHING: Found = { timestamp: -1, offset: -1, leaderEpoch: -1 };

function lookUp(leader: LeaderPartition, timestamp: number, readCommitted: boolean): Found {
  const offsets = leader.offsets();
  switch (timestamp) {
    case LATEST: return { timestamp: -1, offset: readCommitted ? offsets.lastStableOffset : offsets.highWatermark, leaderEpoch: leader.leaderEpoch };
    case EARLIEST:
    case EARLIEST_LOCAL: return { timestamp: -1, offset: offsets.logStartOffset, leaderEpoch: leader.log.epochForOffset(offsets.logStartOffset) ?? leader.leaderEpoch };
    case MAX_TIMESTAMP: return leader.offsetOfMaxTimestamp() ?? NOTHING;
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD: return NOTHING;
    default: return leader.offsetForTimestamp(timestamp) ?? NOTHING;
  }
}

function failed(wanted: Wanted, errorCode: ErrorCode): PartitionAnswer {
  return { partitionIndex: wanted.partitionIndex, errorCode };
}

function answerPartition(deps: ServerDeps, context: RequestContext, topic: string, wanted: Wanted, readCommitted: boolean): PartitionAnswer {
  const { timestamp } = wanted;
  if (timestamp < 0 && context.apiVersion < (FIRST_VERSIONS.get(timestamp) ?? Infinity)) return failed(wanted, ErrorCode.UNSUPPORTED_VERSION);
  const leader = deps.replicas.leader(topic, wanted.partitionIndex);
  if (typeof leader === 'number') return failed(wanted, leader);
  const fenced = checkLeaderEpoch(wanted.currentLeaderEpoch, leader.leaderEpoch);
  if (fenced !== ErrorCode.NONE) return failed(wanted, fenced);
  try {
    const found = lookUp(leader, timestamp, readCommitted);
    return {
      partitionIndex: wanted.partitionIndex, errorCode: ErrorCode.NONE, timestamp: found.timestamp, offset: found.offset,
      ...(context.apiVersion >= FIRST_VERSION_WITH_EPOCHS ? { leaderEpoch: found.leaderEpoch } : {}),
    };
  } catch (error) {
    if (error instanceof KafkaError) return failed(wanted, error.code);
    throw error;
  }
}

/** Partitions that the request names twice; Kafka refuses each of them, once. */
function repeatedPartitions(topics: ListOffsetsRequest['topics']): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const key = `${name}:${partitionIndex}`;
      if (seen.has(key)) repeated.add(key);
      seen.add(key);
    }
  }
  return repeated;
}

export function createListOffsetsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.ListOffsets, request: ListOffsetsRequest, response: ListOffsetsResponse, minVersion: 1, maxVersion: 11,
    handle(context, request): Draft<ListOffsetsResponse> {
      const mayDescribe = createTopicAccess(deps, context, AclOperation.describe);
      const repeated = repeatedPartitions(request.topics);
      const readCommitted = request.isolationLevel === READ_COMMITTED;
      const topics = request.topics.map(({ name, partitions }) => ({
        name,
        partitions: [...new Map(partitions.map((wanted) => [wanted.partitionIndex, wanted])).values()].map((wanted) => {
          if (!mayDescribe(name)) return failed(wanted, ErrorCode.TOPIC_AUTHORIZATION_FAILED);
          if (repeated.has(`${name}:${wanted.partitionIndex}`)) return failed(wanted, ErrorCode.INVALID_REQUEST);
          return answerPartition(deps, context, name, wanted, readCommitted);
        }),
      }));
      return { topics };
    },
  });
}
