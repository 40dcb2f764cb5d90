/** What both ways to change configs share: who may, and one answer a resource in the order of the request. */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { AclOperation, type Controller, type ItemResult } from '../../controller/index.js';
import type { RequestContext, ServerDeps } from '../api.js';
import { mayCluster, mayTopic } from './metadata-view.js';

const TOPIC = 2;
export type ResourceChange = Parameters<Controller['alterConfigs']>[0][number];
/** A resource, and its change unless it is refused already. */
export interface AskedChange { resourceType: number; resourceName: string; change: () => ResourceChange }

function refusal(deps: ServerDeps, context: RequestContext, asked: AskedChange): ItemResult | null {
  if (asked.resourceType === TOPIC) {
    if (mayTopic(deps, context, AclOperation.alterConfigs, asked.resourceName)) return null;
    return { errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, errorMessage: 'Topic authorization failed.' };
  }
  if (mayCluster(deps, context, AclOperation.alterConfigs)) return null;
  return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, errorMessage: 'Cluster authorization failed.' };
}

const keyOf = ({ resourceType, resourceName }: AskedChange): string => `${resourceType}:${resourceName}`;
const REPEATED: ItemResult = { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: 'Each resource must appear at most once.' };

export async function alterConfigs(deps: ServerDeps, context: RequestContext, asked: readonly AskedChange[], validateOnly: boolean) {
  const results = new Map<AskedChange, ItemResult>();
  const mentions = new Map<string, number>();
  for (const item of asked) mentions.set(keyOf(item), (mentions.get(keyOf(item)) ?? 0) + 1);
  const changes = new Map<AskedChange, ResourceChange>();
  for (const item of asked) {
    const refused = mentions.get(keyOf(item))! > 1 ? REPEATED : refusal(deps, context, item);
    if (refused !== null) {
      results.set(item, refused);
      continue;
    }
    try {
      changes.set(item, item.change());
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      results.set(item, { errorCode: error.code, errorMessage: error.message });
    }
  }
  try {
    const answers = changes.size === 0 ? [] : await deps.controller.alterConfigs([...changes.values()], { validateOnly });
    [...changes.keys()].forEach((item, index) => results.set(item, answers[index]!));
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    for (const item of changes.keys()) results.set(item, { errorCode: error.code, errorMessage: error.message });
  }
  return asked.map((item) => ({ ...results.get(item)!, resourceType: item.resourceType, resourceName: item.resourceName }));
}
