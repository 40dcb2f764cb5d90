import 'reflect-metadata';
import { ControlFailure } from '#libs/control/application';
import { OperationalError } from '#libs/kernel';
import { BadRequestException } from '@nestjs/common';
import { isPublic } from './authentication.js';
import { presentControlPlaneError, presenterForPath } from './error-dialects.js';
import { isWithinJsonDepth } from './json-depth.js';
import { presentListMetadata, readListRequest } from './paging.js';
import { toProblem } from './problem.mapper.js';
import { createRequestWindow } from './request-window.js';

const nested = (depth: number): Buffer => Buffer.from('['.repeat(depth) + ']'.repeat(depth));

describe('JSON depth', () => {
  it('accepts the limit and refuses one more', () => {
    expect(isWithinJsonDepth(nested(32), 32)).toBe(true);
    expect(isWithinJsonDepth(nested(33), 32)).toBe(false);
  });
  it('does not count brackets in texts, nor is it fooled by escaped quotes', () => {
    expect(isWithinJsonDepth(Buffer.from(`{"a":"\\"${'['.repeat(50)}"}`), 2)).toBe(true);
    expect(isWithinJsonDepth(Buffer.from(`{"a":"\\\\","b":${'['.repeat(3)}`), 3)).toBe(false);
  });
});

describe('request window', () => {
  it('allows the limit, refuses one more, and starts again', () => {
    let now = 1_000;
    const window = createRequestWindow({ requestsMax: 2, windowMs: 10_000, entriesMax: 10 }, () => now);
    expect(window.take('k')).toEqual({ allowed: true, limit: 2, remaining: 1, resetSeconds: 10 });
    now += 2_500;
    expect(window.peek('k')).toMatchObject({ allowed: true, remaining: 0 });
    expect(window.take('k')).toEqual({ allowed: true, limit: 2, remaining: 0, resetSeconds: 8 });
    expect(window.peek('k').allowed).toBe(false);
    expect(window.take('k')).toMatchObject({ allowed: false, remaining: 0 });
    expect(window.take('other').allowed).toBe(true);
    now += 7_500;
    expect(window.take('k')).toMatchObject({ allowed: true, remaining: 1, resetSeconds: 10 });
  });
  it('forgets the oldest window when it holds too many', () => {
    const window = createRequestWindow({ requestsMax: 1, windowMs: 10_000, entriesMax: 2 }, () => 0);
    for (const key of ['a', 'b', 'c']) window.take(key);
    expect(window.peek('a').allowed).toBe(true);
    expect(window.peek('b').allowed).toBe(false);
    expect(window.peek('c').allowed).toBe(false);
  });
});

describe('paging', () => {
  const url = 'http://localhost:8080/cmk/v2/clusters';
  it('has defaults, takes empty parameters for absent ones and keeps filters in its links', () => {
    expect(readListRequest({ environment: 'env-a b', page_token: '', page_size: '' }, url)).toEqual({ pageSize: 10, listUrl: `${url}?environment=env-a+b` });
  });
  it.each(['0', '101', '-1', '1.5', 'ten', '99999999999'])('refuses the page size %s', (pageSize) => {
    expect(() => readListRequest({ page_size: pageSize }, url)).toThrow(expect.objectContaining({ code: 'invalid_filter', status: 400 }));
  });
  it('refuses a repeated parameter', () => {
    expect(() => readListRequest({ page_token: ['a', 'b'] }, url)).toThrow(expect.objectContaining({ status: 400 }));
  });
  it('links the next page absolutely, and none after the last', () => {
    const request = readListRequest({ 'spec.owner': 'sa-1', page_size: '2', page_token: 'old' }, url);
    expect(presentListMetadata(request, { items: [1, 2], pageSize: 2, nextPageToken: 'to_k', totalSize: 5 })).toEqual({
      first: `${url}?spec.owner=sa-1&page_size=2`, next: `${url}?spec.owner=sa-1&page_size=2&page_token=to_k`, total_size: 5,
    });
    expect(presentListMetadata(request, { items: [], pageSize: 2, nextPageToken: null, totalSize: null })).toEqual({ first: `${url}?spec.owner=sa-1&page_size=2`, next: '' });
  });
});

describe('problems', () => {
  const map = (error: unknown): ReturnType<typeof toProblem> => toProblem(error, 'req-1', (id) => `/things/${id}`);
  it.each([
    [new ControlFailure('invalid_filter', 'no'), 400], [new ControlFailure('invalid_region', 'no'), 422], [new ControlFailure('invalid_api_key', 'no'), 401],
    [new ControlFailure('quota_exceeded', 'no'), 402], [new ControlFailure('user_unauthorized', 'no'), 403], [new ControlFailure('resource_not_found', 'no'), 404],
    [new ControlFailure('resource_already_exists', 'no'), 409],
  ])('%s is %i', (failure, status) => {
    expect(map(failure)).toMatchObject({ problem: { status, code: failure.code, details: [{ detail: 'no' }] }, fault: 'none' });
  });
  it('points at what a conflict is with', () => {
    expect(map(new ControlFailure('resource_already_exists', 'taken', { conflictingId: 'sa-1', source: { pointer: '/display_name' } })).problem).toMatchObject({
      headers: { Location: '/things/sa-1' }, details: [{ source: { pointer: '/display_name' } }],
    });
  });
  it('asks for a credential with every 401', () => {
    expect(map(new ControlFailure('invalid_api_key', 'no')).problem.headers['WWW-Authenticate']).toMatch(/^Basic /);
  });
  it('answers 503 with Retry-After for the outside world and tells nothing of it', () => {
    const { problem, fault } = map(new OperationalError('database_unreachable', 'connect ECONNREFUSED 127.0.0.1:5432', true));
    expect(problem).toMatchObject({ status: 503, headers: { 'Retry-After': '2' } });
    expect(JSON.stringify(problem)).not.toMatch(/ECONNREFUSED|5432/);
    expect(fault).toBe('outside');
  });
  it('says of a change that it may have been made, and doesn\'t ask for another try', () => {
    const broken = new OperationalError('away', 'no answer from 10.0.0.1', true, { mayBeDone: true });
    const change = map(broken).problem;
    expect(change).toMatchObject({ status: 503, details: [{ detail: expect.stringMatching(/may have been made.*look before/) }], headers: {} });
    expect(change.headers).not.toHaveProperty('Retry-After');
    expect(JSON.stringify(change)).not.toMatch(/Nothing was changed|10\.0\.0\.1/);
    expect(toProblem(broken, 'req-1', () => null, { isRead: true }).problem).toMatchObject({ headers: { 'Retry-After': '2' }, details: [{ detail: expect.stringContaining('Nothing was changed') }] });
  });
  it('answers 500 for a bug and tells nothing of it', () => {
    const { problem, fault } = map(new Error('secret detail'));
    expect(problem.status).toBe(500);
    expect(JSON.stringify(problem)).not.toContain('secret detail');
    expect(fault).toBe('bug');
  });
  it('does not echo the body in what it says of malformed JSON', () => {
    const cause = Object.assign(new SyntaxError('Unexpected token s, "{secret"'), { type: 'entity.parse.failed' });
    const { problem } = map(new BadRequestException(cause.message, { cause }));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_json' });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });
});

describe('dialects', () => {
  const kafka = { pathPrefix: '/kafka/v3', present: () => ({ status: 418, body: 'kafka' }) };
  it.each([['/kafka/v3', true], ['/KAFKA/v3/clusters', true], ['/kafka/v33', false], ['/cmk/v2/clusters', false]])('%s', (path, isKafka) => {
    expect(presenterForPath([kafka], path) === kafka.present).toBe(isKafka);
  });
  it('gives the control plane one entry for each detail', () => {
    const problem = { status: 422, code: 'invalid_configuration', requestId: 'r', headers: {}, details: [{ detail: 'a', source: { pointer: '/x' } }, { detail: 'b' }] };
    expect(presentControlPlaneError(problem).body).toEqual({
      errors: [
        { id: 'r', status: '422', code: 'invalid_configuration', title: 'Unprocessable entity', detail: 'a', source: { pointer: '/x' } },
        { id: 'r', status: '422', code: 'invalid_configuration', title: 'Unprocessable entity', detail: 'b' },
      ],
    });
  });
});

describe('public paths', () => {
  it.each([['/health/live', true], ['/health', true], ['/healthy', false], ['/ca.pem', true], ['/ca.pem/x', false], ['/cmk/v2/clusters', false]])('%s: %s', (path, expected) => {
    expect(isPublic(['/health/', '/ca.pem'], path)).toBe(expected);
  });
});
