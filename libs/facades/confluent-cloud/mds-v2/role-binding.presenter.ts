import { roleBindingCrn, type RoleBinding } from '#libs/control/application';
import type { RoleBindingDto } from './role-binding.dto.js';
import { presentMetadata } from '../envelope.presenter.js';
import { paths } from '../paths.js';

export const IAM_V2 = 'iam/v2';

export function presentRoleBinding(binding: RoleBinding, baseUrl: string): RoleBindingDto {
  const { id, organizationId } = binding;
  return {
    api_version: IAM_V2, kind: 'RoleBinding', id, metadata: presentMetadata(baseUrl, paths.roleBinding(id), roleBindingCrn(organizationId, id), binding),
    principal: `User:${binding.principalId}`, role_name: binding.roleName, crn_pattern: binding.crnPattern,
  };
}
