import { controlLimits } from './control.limits.js';
import { ControlFailure } from './errors.catalogue.js';

export interface PageRequest { pageSize?: number; pageToken?: string }

export interface Page<T> {
  items: T[];
  pageSize: number;
  /** Opaque; null on the last page. */
  nextPageToken: string | null;
  /** Exact, or null beyond `controlLimits.totalCountMax`. */
  totalSize: number | null;
}

/** Lists are ordered by the time of creation, then by id: an entry made meanwhile never shifts a page. */
export interface PageCursor { createdAt: Date; id: string }

export interface PageWindow { limit: number; after: PageCursor | null }

export function parsePage(request: PageRequest): PageWindow {
  const limit = request.pageSize ?? controlLimits.pageSizeDefault;
  if (!Number.isInteger(limit) || limit < 1 || limit > controlLimits.pageSizeMax) {
    throw new ControlFailure('invalid_page_size', `page_size must be a whole number from 1 to ${controlLimits.pageSizeMax}`, { source: { parameter: 'page_size' } });
  }
  return { limit, after: request.pageToken ? decodeCursor(request.pageToken) : null };
}

export const encodeCursor = (cursor: PageCursor): string => Buffer.from(`${cursor.createdAt.getTime()}/${cursor.id}`, 'utf8').toString('base64url');

function decodeCursor(token: string): PageCursor {
  const match = /^[A-Za-z0-9_-]{1,200}$/.test(token) ? /^(\d{1,15})\/([\w-]{1,64})$/.exec(Buffer.from(token, 'base64url').toString('utf8')) : null;
  if (!match) throw new ControlFailure('invalid_page_token', 'page_token is not one that this platform gave out', { source: { parameter: 'page_token' } });
  return { createdAt: new Date(Number(match[1])), id: match[2] };
}

/** Makes a page of up to `limit + 1` entries that were read: the one too many says that there is more. */
export function toPage<T extends PageCursor>(window: PageWindow, read: readonly T[], total: number): Page<T> {
  const items = read.slice(0, window.limit);
  const more = read.length > window.limit;
  return {
    items,
    pageSize: window.limit,
    nextPageToken: more ? encodeCursor(items[items.length - 1]) : null,
    totalSize: total > controlLimits.totalCountMax ? null : total,
  };
}
