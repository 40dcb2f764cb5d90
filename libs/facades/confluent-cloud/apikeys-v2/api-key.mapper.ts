import {
  apiKeyCrn, isUserId, kafkaCrn, organizationCrn, serviceAccountCrn, userCrn, type ApiKey, type ApiKeysService,
} from '#libs/control/application';
import type { ReferenceDto } from '#libs/http';
import type { ApiKeyCreateDto, ApiKeyDto, ApiKeyQueryDto, ApiKeyUpdateDto } from './api-key.dto.js';
import { given, presentMetadata, presentReference, sent } from '../envelope.presenter.js';
import { paths } from '../paths.js';

export const IAM_V2 = 'iam/v2';

type CreateInput = Parameters<ApiKeysService['create']>[1];
type Change = Parameters<ApiKeysService['update']>[2];
type Filter = NonNullable<Parameters<ApiKeysService['list']>[2]>;

export function toApiKeyInput({ spec }: ApiKeyCreateDto): CreateInput {
  return sent({
    ownerId: spec.owner.id,
    resourceId: given(spec.resource?.id),
    environmentId: spec.resource?.environment || undefined,
    displayName: given(spec.display_name),
    description: given(spec.description),
  });
}

export function toApiKeyChange({ spec }: ApiKeyUpdateDto): Change {
  return sent({ displayName: given(spec.display_name), description: given(spec.description) });
}

export function toApiKeyFilter(query: ApiKeyQueryDto): Filter {
  return sent({ ownerId: query['spec.owner'] || undefined, resourceId: query['spec.resource'] || undefined });
}

/** `secret` is there once: in the answer to the creation. */
export function presentApiKey(key: ApiKey, baseUrl: string, secret?: string): ApiKeyDto {
  const { id, organizationId, ownerId } = key;
  return {
    api_version: IAM_V2, kind: 'ApiKey', id,
    metadata: presentMetadata(baseUrl, paths.apiKey(id), apiKeyCrn(organizationId, ownerId, id), key),
    spec: {
      display_name: key.displayName, description: key.description, owner: presentOwner(key, baseUrl), resource: presentResource(key, baseUrl),
      ...(secret === undefined ? {} : { secret }),
    },
  };
}

function presentOwner({ organizationId, ownerId }: ApiKey, baseUrl: string): ReferenceDto {
  return isUserId(ownerId)
    ? presentReference(baseUrl, paths.user(ownerId), ownerId, userCrn(organizationId, ownerId), { apiVersion: IAM_V2, kind: 'User' })
    : presentReference(baseUrl, paths.serviceAccount(ownerId), ownerId, serviceAccountCrn(organizationId, ownerId), { apiVersion: IAM_V2, kind: 'ServiceAccount' });
}

/** Clients choose how to probe a new key by exactly these kinds and versions. */
function presentResource({ organizationId, resource }: ApiKey, baseUrl: string): ApiKeyDto['spec']['resource'] {
  if (resource === null) {
    return presentReference(baseUrl, paths.organization(organizationId), 'cloud', organizationCrn(organizationId), { apiVersion: IAM_V2, kind: 'Cloud' });
  }
  const { clusterId, environmentId } = resource;
  return {
    ...presentReference(baseUrl, paths.cluster(clusterId), clusterId, kafkaCrn(organizationId, environmentId, clusterId), { apiVersion: 'cmk/v2', kind: 'Cluster' }),
    environment: environmentId,
  };
}
