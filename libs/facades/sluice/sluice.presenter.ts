import { organizationCrn, type NewOrganization, type Operation } from '#libs/control/application';
import type { OperationDto } from './operation.dto.js';
import type { NewOrganizationDto } from './organization.dto.js';
import { paths, SLUICE_V1 } from './paths.js';

export function presentNewOrganization({ organization, administrator, apiKey, secret }: NewOrganization, baseUrl: string): NewOrganizationDto {
  return {
    api_version: SLUICE_V1, kind: 'NewOrganization', id: organization.id,
    metadata: {
      // The new organization's administrator reads it where the vendor's API has it.
      self: `${baseUrl}/org/v2/organizations/${organization.id}`, resource_name: organizationCrn(organization.id),
      created_at: organization.createdAt.toISOString(), updated_at: organization.updatedAt.toISOString(),
    },
    display_name: organization.displayName,
    administrator: { id: administrator.id, email: administrator.email },
    api_key: { id: apiKey.id, secret },
  };
}

export function presentOperation(operation: Operation, baseUrl: string): OperationDto {
  const { id, createdAt, updatedAt, kind, resourceId, requestedBy, phase, reason, steps, finishedAt } = operation;
  return {
    api_version: SLUICE_V1, kind: 'Operation', id,
    metadata: { self: baseUrl + paths.operation(id), created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() },
    spec: { operation: kind, resource_id: resourceId, requested_by: requestedBy },
    status: {
      phase, reason, finished_at: finishedAt?.toISOString() ?? null,
      steps: steps.map((step) => ({ name: step.name, phase: step.phase, started_at: step.startedAt, finished_at: step.finishedAt, reason: step.reason, progress: step.progress ?? null })),
    },
  };
}
