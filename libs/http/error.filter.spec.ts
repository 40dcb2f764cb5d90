import type { ArgumentsHost } from '@nestjs/common';
import { ErrorFilter } from './error.filter.js';
import { unauthenticated } from './problem.js';
import { setRequestContext } from './request-context.js';

function refuse(headers: Record<string, string>): Record<string, string> {
  const sent: Record<string, string> = {};
  const request = { method: 'GET', headers };
  setRequestContext(request as never, { requestId: 'r', baseUrl: 'http://h', path: '/org/v2/environments' } as never);
  const response = { headersSent: false, setHeader: (name: string, value: string) => { sent[name] = value; }, status: () => ({ json: () => undefined }) };
  const host = { switchToHttp: () => ({ getRequest: () => request, getResponse: () => response }) } as unknown as ArgumentsHost;
  new ErrorFilter([], { write: () => undefined }, () => null).catch(unauthenticated(), host);
  return sent;
}

describe('a refused credential', () => {
  it('is challenged, but not where a browser would put its own dialog before the page\'s script', () => {
    expect(refuse({})['WWW-Authenticate']).toMatch(/^Basic/);
    expect(refuse({ 'sec-fetch-dest': 'document' })['WWW-Authenticate']).toMatch(/^Basic/);
    expect(refuse({ 'sec-fetch-dest': 'empty' })['WWW-Authenticate']).toBeUndefined();
  });
});
