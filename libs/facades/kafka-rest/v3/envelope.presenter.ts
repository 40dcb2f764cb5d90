/** The vendor's envelope: `kind`, `metadata {self, resource_name}`, and links as `{related}`. */
import { ApiProperty } from '@nestjs/swagger';
import type { Type } from '@nestjs/common';

export class ResourceMetadataDto {
  @ApiProperty({ example: 'http://127.0.0.1:8080/kafka/v3/clusters/lkc-8k2m4x/topics/orders' }) self: string;
  @ApiProperty({ nullable: true, type: String, example: 'crn:///kafka=lkc-8k2m4x/topic=orders' }) resource_name: string | null;
}
export class CollectionMetadataDto {
  @ApiProperty() self: string;
  @ApiProperty({ nullable: true, type: String, description: 'Lists come whole.' }) next: string | null;
}
export class LinkDto { @ApiProperty() related: string }

/** Where things of one cluster stand, as this caller reached the platform. */
export interface Links {
  clusterId: string;
  url(...segments: (string | number)[]): string;
  metadata(...segments: (string | number)[]): ResourceMetadataDto;
  link(...segments: (string | number)[]): LinkDto;
}

const NAMES: Readonly<Record<string, string>> = {
  assignments: 'assignment', topics: 'topic', configs: 'config', partitions: 'partition', 'consumer-groups': 'consumer-group', consumers: 'consumer', lags: 'lag', 'broker-configs': 'broker-config',
  'lag-summary': 'lag-summary', 'default-configs': 'default-config', brokers: 'broker', replicas: 'replica',
};

/** `topics/orders/partitions/0` → `topic=orders/partition=0`. */
function resourceName(segments: readonly (string | number)[]): string {
  const parts: string[] = [];
  for (let i = 0; i < segments.length; i += 2) {
    const name = NAMES[String(segments[i])] ?? String(segments[i]);
    parts.push(i + 1 < segments.length ? `${name}=${segments[i + 1]}` : name);
  }
  return parts.map((part) => `/${part}`).join('');
}

export const clustersUrl = (baseUrl: string): string => `${baseUrl}/kafka/v3/clusters`;

export function linksOf(baseUrl: string, clusterId: string): Links {
  const url = (...segments: (string | number)[]): string => [`${clustersUrl(baseUrl)}/${clusterId}`, ...segments.map((s) => encodeURIComponent(s))].join('/');
  return {
    clusterId, url,
    metadata: (...segments) => ({ self: url(...segments), resource_name: `crn:///kafka=${clusterId}${resourceName(segments)}` }),
    link: (...segments) => ({ related: url(...segments) }),
  };
}

export interface Collection<T> { kind: string; metadata: CollectionMetadataDto; data: T[] }

export function presentCollection<T>(kind: string, self: string, data: T[]): Collection<T> {
  return { kind, metadata: { self, next: null }, data };
}

/** The documented class of a list of these items. */
export function collectionOf<T>(item: Type<T>, kind: string): Type<Collection<T>> {
  class CollectionDto implements Collection<T> {
    @ApiProperty({ example: kind }) kind: string;
    @ApiProperty({ type: () => CollectionMetadataDto }) metadata: CollectionMetadataDto;
    @ApiProperty({ type: () => [item] }) data: T[];
  }
  Object.defineProperty(CollectionDto, 'name', { value: `${kind}Dto` });
  return CollectionDto;
}
