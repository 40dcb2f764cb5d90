/** What the handlers of group requests share. */
import { AclOperation, ResourceType, type MetadataImage } from '#libs/engine/controller';
import type { GroupRequestContext } from '#libs/engine/coordinator';
import type { RequestContext, ServerDeps } from '../api.js';

/** The host as Apache Kafka keeps and shows it: Java prints an address with a slash before it. */
export function groupContext(context: RequestContext): GroupRequestContext {
  return { apiVersion: context.apiVersion, clientId: context.clientId ?? '', clientHost: `/${context.clientHost}` };
}

type GroupOperation = 'read' | 'describe' | 'delete';

export function mayUseGroup({ authorizer }: ServerDeps, { principal, clientHost }: RequestContext, operation: GroupOperation, groupId: string): boolean {
  return authorizer.authorize(principal, clientHost, AclOperation[operation], ResourceType.group, groupId);
}

export function mayUseTopic({ authorizer }: ServerDeps, { principal, clientHost }: RequestContext, operation: 'read' | 'describe', topic: string): boolean {
  return authorizer.authorize(principal, clientHost, AclOperation[operation], ResourceType.topic, topic);
}

/** Answers every name once, however often it is asked. */
export function memoize<T>(decide: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const answer = known.has(name) ? known.get(name)! : decide(name);
    known.set(name, answer);
    return answer;
  };
}

/** 0 for a topic that doesn't exist. */
export const partitionCount = (image: MetadataImage, topic: string): number => image.topics.get(topic)?.partitions.length ?? 0;

interface CodedTopic { readonly name?: string; readonly partitions?: readonly { readonly partitionIndex?: number; readonly errorCode?: number }[] }

/** What the coordinator answered, to be put together with what it wasn't asked. */
export function codesByPartition(topics: readonly CodedTopic[]): (name: string, partition: number) => number | undefined {
  const codes = new Map<string, number>();
  for (const { name, partitions = [] } of topics) for (const { partitionIndex, errorCode = 0 } of partitions) codes.set(`${partitionIndex}:${name}`, errorCode);
  return (name, partition) => codes.get(`${partition}:${name}`);
}
