/** KIP-951: with NOT_LEADER_OR_FOLLOWER and FENCED_LEADER_EPOCH an answer says who leads, and where, so that the client needs no metadata first. */
import { ErrorCode } from '#libs/kafka/protocol';
import type { RequestContext, ServerDeps } from '../api.js';

export interface LeaderHint { leaderId: number; leaderEpoch: number }
export interface NodeEndpoint { nodeId: number; host: string; port: number; rack: string | null }

export interface LeaderHints {
  /** Undefined when this error is not about leadership, or nobody leads. */
  of(errorCode: ErrorCode, topic: string | null, partition: number): LeaderHint | undefined;
  /** Of the leaders that were named, on the listener that the request came in on. */
  endpoints(): NodeEndpoint[];
}

export function createLeaderHints(deps: Pick<ServerDeps, 'controller'>, context: Pick<RequestContext, 'apiVersion' | 'listenerName'>, firstVersion: number): LeaderHints {
  const { image } = deps.controller;
  const named = new Set<number>();
  return {
    of(errorCode, topic, partition) {
      if (context.apiVersion < firstVersion || topic === null) return undefined;
      if (errorCode !== ErrorCode.NOT_LEADER_OR_FOLLOWER && errorCode !== ErrorCode.FENCED_LEADER_EPOCH) return undefined;
      const found = image.topics.get(topic)?.partitions.find((candidate) => candidate.partition === partition);
      if (found === undefined || found.leader < 0) return undefined;
      named.add(found.leader);
      return { leaderId: found.leader, leaderEpoch: found.leaderEpoch };
    },
    endpoints() {
      return [...named].flatMap((nodeId) => {
        const broker = image.brokers.get(nodeId);
        const endpoint = broker?.endpoints.find(({ listener }) => listener === context.listenerName);
        return broker === undefined || endpoint === undefined ? [] : [{ nodeId, host: endpoint.host, port: endpoint.port, rack: broker.rack }];
      });
    },
  };
}
