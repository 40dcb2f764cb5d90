import { serviceAccountCrn, userCrn, type ServiceAccount, type User } from '#libs/control/application';
import type { ServiceAccountDto } from './service-account.dto.js';
import type { UserDto } from './user.dto.js';
import { presentMetadata } from '../envelope.presenter.js';
import { paths } from '../paths.js';

export const IAM_V2 = 'iam/v2';

export function presentUser(user: User, baseUrl: string): UserDto {
  const { id, organizationId } = user;
  return {
    api_version: IAM_V2, kind: 'User', id, metadata: presentMetadata(baseUrl, paths.user(id), userCrn(organizationId, id), user),
    email: user.email, full_name: user.fullName, auth_type: user.authType,
  };
}

export function presentServiceAccount(account: ServiceAccount, baseUrl: string): ServiceAccountDto {
  const { id, organizationId } = account;
  return {
    api_version: IAM_V2, kind: 'ServiceAccount', id,
    metadata: presentMetadata(baseUrl, paths.serviceAccount(id), serviceAccountCrn(organizationId, id), account),
    display_name: account.displayName, description: account.description,
  };
}
