import { environmentCrn, organizationCrn, type Environment, type Organization } from '#libs/control/application';
import type { EnvironmentDto } from './environment.dto.js';
import type { OrganizationDto } from './organization.dto.js';
import { presentMetadata } from '../envelope.presenter.js';
import { paths } from '../paths.js';

export const ORG_V2 = 'org/v2';

export function presentOrganization(organization: Organization, baseUrl: string): OrganizationDto {
  const { id, displayName, jitEnabled } = organization;
  return {
    api_version: ORG_V2, kind: 'Organization', id,
    metadata: presentMetadata(baseUrl, paths.organization(id), organizationCrn(id), organization),
    display_name: displayName, jit_enabled: jitEnabled,
  };
}

/** `stream_governance_config` is null while there is no schema registry: clients wait for one otherwise. */
export function presentEnvironment(environment: Environment, baseUrl: string): EnvironmentDto {
  const { id, organizationId, displayName } = environment;
  return {
    api_version: ORG_V2, kind: 'Environment', id,
    metadata: presentMetadata(baseUrl, paths.environment(id), environmentCrn(organizationId, id), environment),
    display_name: displayName, stream_governance_config: null,
  };
}
