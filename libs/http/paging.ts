import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import type { Request } from 'express';
import { controlLimits, type Page, type PageRequest } from '#libs/control/application';
import { invalidParameter } from './problem.js';
import { requestContextOf } from './request-context.js';

/** Which page of a list a client asks for, as use cases take it, and what the links in the answer are made of. */
export interface ListRequest extends PageRequest {
  /** Absolute URL of the list with its filters and without paging. */
  listUrl: string;
}

/** Reads `page_size` (1 … 100, default 10) and the opaque `page_token`, whose content is the use case's to judge. */
export const Paging = createParamDecorator((_data: unknown, context: ExecutionContext): ListRequest => {
  const request = context.switchToHttp().getRequest<Request>();
  const { baseUrl, path } = requestContextOf(request);
  return readListRequest(request.query, `${baseUrl}${path}`);
});

export function readListRequest(query: Record<string, unknown>, pathUrl: string): ListRequest {
  const url = new URL(pathUrl);
  for (const [name, value] of Object.entries(query)) {
    if (name !== 'page_token' && name !== 'page_size' && typeof value === 'string' && value !== '') url.searchParams.set(name, value);
  }
  const pageToken = readOne(query, 'page_token');
  return { pageSize: readPageSize(readOne(query, 'page_size')), ...(pageToken === '' ? {} : { pageToken }), listUrl: url.toString() };
}

/** An empty parameter counts as absent: SDKs send them. */
function readOne(query: Record<string, unknown>, name: string): string {
  const sent = query[name] ?? '';
  if (typeof sent !== 'string') throw invalidParameter(name, `${name} must be given once.`);
  return sent;
}

function readPageSize(sent: string): number {
  if (sent === '') return controlLimits.pageSizeDefault;
  const size = /^\d{1,9}$/.test(sent) ? Number(sent) : 0;
  if (size < 1 || size > controlLimits.pageSizeMax) throw invalidParameter('page_size', `page_size must be a whole number from 1 to ${controlLimits.pageSizeMax}.`);
  return size;
}

export interface ListMetadata { first: string; next: string; total_size?: number }

/** `first` and `next` are absolute; `next` is empty on the last page (clients stop there); `last` is never told. */
export function presentListMetadata(request: ListRequest, page: Page<unknown>): ListMetadata {
  const first = new URL(request.listUrl);
  first.searchParams.set('page_size', String(page.pageSize));
  const next = new URL(first);
  if (page.nextPageToken !== null) next.searchParams.set('page_token', page.nextPageToken);
  return {
    first: first.toString(),
    next: page.nextPageToken === null ? '' : next.toString(),
    ...(page.totalSize === null ? {} : { total_size: page.totalSize }),
  };
}

/** Documents the two parameters of every list. */
export function ApiPaging(): MethodDecorator {
  return applyDecorators(
    ApiQuery({
      name: 'page_size', required: false, description: 'Entries of a page.',
      schema: { type: 'integer', minimum: 1, maximum: controlLimits.pageSizeMax, default: controlLimits.pageSizeDefault },
    }),
    ApiQuery({ name: 'page_token', required: false, schema: { type: 'string' }, description: 'The `page_token` in `metadata.next` of an earlier answer.' }),
  );
}
