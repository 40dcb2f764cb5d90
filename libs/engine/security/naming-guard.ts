/**
 * The environment's naming policy at the creation of topics, for any client. The platform's own principals (`super.users`) are not bound by it: the platform
 * has judged already, for the caller whom it speaks for. A broker that the platform can't reach goes on with the policy it has.
 */
import type { Log } from '#libs/kernel';
import { decideOnName, type NamingDecision } from '#libs/naming';
import { principalText, type Principal, type PrincipalStore } from './api.js';
import { SECURITY_LIMITS } from './security.limits.js';

export interface NamingGuard {
  /** In the order of the names. Only the first refusals of a request name a topic that would be right: finding it costs more than judging. */
  judge(principal: Principal, topicNames: readonly string[]): NamingDecision[];
  /** To be called when a topic has been made against the policy's advice. */
  noteWarned(principal: Principal, topicName: string, message: string): void;
}

export interface NamingGuardOptions {
  principals: Pick<PrincipalStore, 'namingPolicy'>;
  /** `super.users`, as `Type:name`. */
  superUsers: readonly string[];
  log: Log;
}

export function createNamingGuard({ principals, superUsers, log }: NamingGuardOptions): NamingGuard {
  const unbound = new Set(superUsers);
  return {
    judge(principal, topicNames) {
      const policy = unbound.has(principalText(principal)) ? null : principals.namingPolicy();
      let proposals = SECURITY_LIMITS.namingProposalsPerRequest;
      return topicNames.map((name) => {
        const decision = decideOnName(policy, name, { proposal: proposals > 0 });
        if (decision.outcome !== 'allowed') proposals -= 1;
        return decision;
      });
    },
    noteWarned: (principal, topic, message) => log.write('warn', 'naming-policy-warning', { principal: principalText(principal), topic, message }),
  };
}
