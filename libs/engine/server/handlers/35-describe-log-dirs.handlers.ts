/**
 * DescribeLogDirs 1-5 (KIP-113). Needs DESCRIBE on the cluster. What this broker's one directory holds; partitions that aren't here are left out.
 * v2: flexible. v3: an error of its own. v4: room of the file system (KIP-827). v5: whether the directory takes no new partitions (KIP-1066): it does.
 */
import { resolve } from 'node:path';
import { DescribeLogDirsRequest, DescribeLogDirsResponse, ErrorCode, type Draft } from '#libs/kafka/protocol';
import { AclOperation } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { mayCluster } from './metadata-view.js';

type Result = Draft<DescribeLogDirsResponse['results'][number]>;
type Topics = NonNullable<Result['topics']>[number];

function partitionsHere(deps: ServerDeps, asked: DescribeLogDirsRequest['topics']): Topics[] {
  const wanted = asked === null ? null : new Set(asked.flatMap(({ topic, partitions }) => partitions.map((partition) => `${topic}:${partition}`)));
  const topics = new Map<string, Draft<DescribeLogDirsResponse['results'][number]['topics'][number]['partitions'][number]>[]>();
  for (const { topic, partition, log } of deps.replicas.partitions()) {
    if (wanted !== null && !wanted.has(`${topic}:${partition}`)) continue;
    const row = { partitionIndex: partition, partitionSize: log.sizeBytes, offsetLag: 0, isFutureKey: false };
    const rows = topics.get(topic);
    if (rows === undefined) topics.set(topic, [row]);
    else rows.push(row);
  }
  return [...topics].map(([name, partitions]) => ({ name, partitions }));
}

export function createDescribeLogDirsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<DescribeLogDirsRequest, DescribeLogDirsResponse>({
    apiKey: 35, request: DescribeLogDirsRequest, response: DescribeLogDirsResponse, minVersion: 1, maxVersion: 5,
    handle(context, request): Draft<DescribeLogDirsResponse> {
      if (!mayCluster(deps, context, AclOperation.describe)) return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, results: [] };
      const { properties } = deps.config;
      const logDir = resolve(properties.get('log.dirs') ?? properties.get('log.dir') ?? '');
      const topics = partitionsHere(deps, request.topics);
      try {
        const { totalBytes, usableBytes } = deps.env.disk.space(logDir);
        return { errorCode: ErrorCode.NONE, results: [{ errorCode: ErrorCode.NONE, logDir, topics, totalBytes, usableBytes, isCordoned: false }] };
      } catch (error) {
        deps.env.log.write('warn', 'disk-space-unknown', { logDir, reason: (error as Error).message });
        return { errorCode: ErrorCode.NONE, results: [{ errorCode: ErrorCode.KAFKA_STORAGE_ERROR, logDir, topics: [] }] };
      }
    },
  });
}
