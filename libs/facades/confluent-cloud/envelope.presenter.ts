import type { ObjectMetadataDto, ReferenceDto } from '#libs/http';

interface Stamped { createdAt: Date; updatedAt: Date }

/** `path` is that of the object without the base, `/org/v2/environments/env-…`. */
export function presentMetadata(baseUrl: string, path: string, resourceName: string, stamped: Stamped): ObjectMetadataDto {
  return { self: baseUrl + path, resource_name: resourceName, created_at: stamped.createdAt.toISOString(), updated_at: stamped.updatedAt.toISOString() };
}

/** `type` as in `org/v2`, `Environment`. */
export function presentReference(baseUrl: string, path: string, id: string, resourceName: string, type: { apiVersion: string; kind: string }): ReferenceDto {
  return { id, related: baseUrl + path, resource_name: resourceName, api_version: type.apiVersion, kind: type.kind };
}

/** JSON merge with clients that send null or leave a field out for "as it is". */
export function given<T>(value: T | null | undefined): T | undefined {
  return value ?? undefined;
}

/** Drops what is undefined, so that a use case sees only the fields that were sent. */
export function sent<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
