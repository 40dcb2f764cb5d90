/** Whether the caller may do this to a topic; asked once per topic and request. */
import { AclOperation, ResourceType } from '../../controller/index.js';
import type { RequestContext, ServerDeps } from '../api.js';

export { AclOperation };

export function createTopicAccess(deps: Pick<ServerDeps, 'authorizer'>, context: Pick<RequestContext, 'principal' | 'clientHost'>, operation: number): (topic: string) => boolean {
  const decided = new Map<string, boolean>();
  return (topic) => {
    let allowed = decided.get(topic);
    if (allowed === undefined) {
      allowed = deps.authorizer.authorize(context.principal, context.clientHost, operation, ResourceType.topic, topic);
      decided.set(topic, allowed);
    }
    return allowed;
  };
}
