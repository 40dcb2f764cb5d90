import { controlLimits } from './control.limits.js';
import { ControlFailure } from './errors.catalogue.js';

/** Resource names. Clients have the authority wired in and cut names apart at `/kafka=`: the form isn't ours to change. */
const AUTHORITY = 'crn://confluent.cloud';

export const organizationCrn = (organizationId: string): string => `${AUTHORITY}/organization=${organizationId}`;
export const environmentCrn = (organizationId: string, environmentId: string): string => `${organizationCrn(organizationId)}/environment=${environmentId}`;
/** What a role binding on a cluster names. */
export const cloudClusterCrn = (organizationId: string, environmentId: string, clusterId: string): string =>
  `${environmentCrn(organizationId, environmentId)}/cloud-cluster=${clusterId}`;
/** The cluster's own resource name. */
export const kafkaCrn = (organizationId: string, environmentId: string, clusterId: string): string =>
  `${cloudClusterCrn(organizationId, environmentId, clusterId)}/kafka=${clusterId}`;
export const userCrn = (organizationId: string, userId: string): string => `${organizationCrn(organizationId)}/user=${userId}`;
export const serviceAccountCrn = (organizationId: string, serviceAccountId: string): string => `${organizationCrn(organizationId)}/service-account=${serviceAccountId}`;
export const apiKeyCrn = (organizationId: string, ownerId: string, apiKeyId: string): string =>
  `${ownerId.startsWith('u-') ? userCrn(organizationId, ownerId) : serviceAccountCrn(organizationId, ownerId)}/api-key=${apiKeyId}`;
export const roleBindingCrn = (organizationId: string, roleBindingId: string): string => `${organizationCrn(organizationId)}/role-binding=${roleBindingId}`;

/** A scope that roles are bound to. `within` is true for a pattern that ends in `/*`: everything below as well. */
export interface CrnScope { organizationId: string; environmentId: string | null; clusterId: string | null; within: boolean }

const SCOPE = /^crn:\/\/[a-z0-9.-]+\/organization=([0-9a-zA-Z-]{1,64})(?:\/environment=([0-9a-z-]{1,64})(?:\/cloud-cluster=([0-9a-z-]{1,64})(?:\/kafka=([0-9a-z-]{1,64}))?)?)?(\/\*)?$/;

export function parseCrnScope(text: string): CrnScope {
  const invalid = (message: string): ControlFailure => new ControlFailure('invalid_crn', message, { source: { pointer: '/crn_pattern' } });
  if (text.length > controlLimits.crnLengthMax) throw invalid(`crn_pattern is longer than ${controlLimits.crnLengthMax} characters`);
  const match = SCOPE.exec(text);
  if (!match) throw invalid('crn_pattern must name an organization, an environment or a cloud-cluster, as in crn://confluent.cloud/organization=…/environment=env-…/cloud-cluster=lkc-…');
  const [, organizationId, environmentId = null, clusterId = null, kafkaId, star] = match;
  if (kafkaId !== undefined && kafkaId !== clusterId) throw invalid('the kafka and the cloud-cluster of crn_pattern must be the same cluster');
  return { organizationId, environmentId, clusterId, within: star !== undefined };
}

export function scopeCrn(scope: Omit<CrnScope, 'within'>): string {
  if (scope.environmentId === null) return organizationCrn(scope.organizationId);
  if (scope.clusterId === null) return environmentCrn(scope.organizationId, scope.environmentId);
  return cloudClusterCrn(scope.organizationId, scope.environmentId, scope.clusterId);
}
