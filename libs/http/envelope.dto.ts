import { applyDecorators, type Type } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, ApiResponse } from '@nestjs/swagger';
import type { Page } from '#libs/control/application';
import { presentListMetadata, type ListMetadata, type ListRequest } from './paging.js';

/** The envelope of the control plane's objects and lists, which our own routes share. Classes are for the documents; presenters make plain objects of these shapes. */
export class ObjectMetadataDto {
  @ApiProperty({ description: 'Where this object stands.', example: 'http://127.0.0.1:8080/org/v2/environments/env-8k2m4x1p' }) self: string;
  @ApiPropertyOptional({ description: 'Its name in role bindings and audit.' }) resource_name?: string;
  @ApiProperty({ format: 'date-time' }) created_at: string;
  @ApiProperty({ format: 'date-time' }) updated_at: string;
}

export class ReferenceDto {
  @ApiProperty({ example: 'env-8k2m4x1p' }) id: string;
  @ApiProperty({ description: 'Where the object stands.' }) related: string;
  @ApiProperty({ description: 'Its resource name.' }) resource_name: string;
  @ApiPropertyOptional({ example: 'org/v2' }) api_version?: string;
  @ApiPropertyOptional({ example: 'Environment' }) kind?: string;
}

export class ListMetadataDto implements ListMetadata {
  @ApiProperty({ description: 'The first page.' }) first: string;
  @ApiProperty({ description: 'The next page; empty on the last one.' }) next: string;
  @ApiPropertyOptional({ type: 'integer', description: 'Exact up to 1,000, left out beyond.' }) total_size?: number;
}

class ErrorSourceDto {
  @ApiPropertyOptional({ description: 'JSON pointer into the body.', example: '/spec/display_name' }) pointer?: string;
  @ApiPropertyOptional({ description: 'Name of a query parameter.', example: 'page_size' }) parameter?: string;
}

class ErrorDto {
  @ApiProperty({ description: 'The request\'s id, as in X-Request-Id.' }) id: string;
  @ApiProperty({ example: '404' }) status: string;
  @ApiProperty({ example: 'resource_not_found' }) code: string;
  @ApiProperty({ example: 'Not found' }) title: string;
  @ApiProperty({ example: 'environment env-nowhere was not found' }) detail: string;
  @ApiPropertyOptional({ type: () => ErrorSourceDto }) source?: ErrorSourceDto;
}

export class ErrorsDto {
  @ApiProperty({ type: () => [ErrorDto] }) errors: ErrorDto[];
}

export interface ListBody<T> { api_version: string; kind: string; metadata: ListMetadata; data: T[] }

export function presentList<D, T>(apiVersion: string, kind: string, request: ListRequest, page: Page<D>, present: (each: D) => T): ListBody<T> {
  return { api_version: apiVersion, kind, metadata: presentListMetadata(request, page), data: page.items.map(present) };
}

/** The documented class of a list of these items. */
export function listOf<T>(item: Type<T>, apiVersion: string, kind: string): Type<ListBody<T>> {
  class ListDto implements ListBody<T> {
    @ApiProperty({ example: apiVersion }) api_version: string;
    @ApiProperty({ example: kind }) kind: string;
    @ApiProperty({ type: () => ListMetadataDto }) metadata: ListMetadataDto;
    @ApiProperty({ type: () => [item] }) data: T[];
  }
  Object.defineProperty(ListDto, 'name', { value: `${item.name.replace(/Dto$/, '')}ListDto` });
  return ListDto;
}

const errorDescriptions: Record<number, string> = {
  400: 'The request or one of its parameters can\'t be read.', 401: 'No valid API key.', 402: 'A quota is used up.', 403: 'The key\'s principal may not do this.',
  404: 'There is no such thing in the key\'s organization.', 409: 'It clashes with what there is.', 415: 'The body isn\'t JSON.', 422: 'A field has a value that isn\'t allowed.', 429: 'Too many requests.',
  503: 'The platform can\'t reach its database; try again.',
};

/** Documents error answers in the control plane's shape; those that every route has are always among them. */
export function ApiErrors(...statuses: number[]): MethodDecorator & ClassDecorator {
  const all = [...new Set([...statuses, 401, 403, 429, 503])].sort((a, b) => a - b);
  return applyDecorators(...all.map((status) => ApiResponse({ status, type: ErrorsDto, description: errorDescriptions[status] })));
}
