import 'reflect-metadata';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Body, Controller, Get, Inject, Module, Post, Query, UseInterceptors, type INestApplication } from '@nestjs/common';
import { OperationalError } from '#libs/kernel';
import { ControlFailure, type ApiKeyId, type Caller, type OrganizationId, type PrincipalId } from '#libs/control/application';
import { ApiPaging, BaseUrl, createHttpApplication, CurrentCaller, LocationInterceptor, ObjectField, Paging, RejectUnknownFields, TextField, WholeNumberField, type ListRequest } from './index.js';

class InnerDto { @TextField() name: string; @WholeNumberField({ required: false }) count?: number; }
@RejectUnknownFields() class StrictDto { @TextField({ required: false }) name?: string; }
class TolerantDto { @ObjectField(() => InnerDto) spec: InnerDto; @ObjectField(() => StrictDto, { required: false }) ours?: StrictDto; }
@RejectUnknownFields() class StrictQueryDto { @TextField({ required: false }) owner?: string; }

const FAILURES = Symbol('failures');

@Controller('things')
class ThingsController {
  constructor(@Inject(FAILURES) private readonly failures: { next: unknown }) {}
  @Get() @ApiPaging() list(@CurrentCaller() caller: Caller, @Paging() page: ListRequest, @BaseUrl() baseUrl: string): unknown {
    if (this.failures.next) throw this.failures.next;
    return { caller: caller.keyId, requestId: caller.requestId, page, baseUrl };
  }
  @Post() create(@Body() body: TolerantDto): unknown { return body; }
  @Post('strict') strict(@Body() body: StrictDto, @Query() query: StrictQueryDto): unknown { return { body, query }; }
  @Post('located') @UseInterceptors(LocationInterceptor) located(): unknown {
    return { metadata: { self: 'http://h/things/1' }, spec: { environment: { id: 'env-1' } } };
  }
  @Get('other/:id\\:verb') verb(): unknown { return { verb: true }; }
}

@Controller('open')
class OpenController { @Get() get(): unknown { return { open: true }; } }

const failures: { next: unknown } = { next: null };
@Module({ controllers: [ThingsController, OpenController], providers: [{ provide: FAILURES, useValue: failures }] })
class ThingsModule {}

const lines: { event: string; fields: Record<string, unknown> }[] = [];
const authentications: string[] = [];
let now = 1_000_000;

async function start(limits: Parameters<typeof createHttpApplication>[0]['limits'] = {}): Promise<{ application: INestApplication; url: string }> {
  const application = await createHttpApplication({
    module: ThingsModule, publicPaths: ['/open'], tls: null, publicUrl: null, behindProxy: false, limits, nowMs: () => now,
    resourcePath: () => null,
    dialects: [{ pathPrefix: '/kafka/v3', present: (problem) => ({ status: problem.status, body: { error_code: problem.status, message: problem.details[0].detail } }) }],
    log: { write: (_level, event, fields = {}) => { lines.push({ event, fields }); } },
    authenticator: {
      authenticate: async ({ keyId, secret, requestId }) => {
        authentications.push(keyId);
        if (keyId === 'DATABASEAWAY') throw new OperationalError('database_unavailable', 'away', true);
        return secret === 'right' ? { kind: 'cloud-key', keyId: keyId as ApiKeyId, organizationId: 'o' as OrganizationId, principalId: 'u-1' as PrincipalId, requestId } : null;
      },
    },
  });
  await application.listen(0, '127.0.0.1');
  return { application, url: `http://127.0.0.1:${(application.getHttpServer().address() as AddressInfo).port}` };
}

const basic = (keyId: string, secret: string): string => `Basic ${Buffer.from(`${keyId}:${secret}`).toString('base64')}`;
const json = { Authorization: basic('KEY', 'right'), 'Content-Type': 'application/json' };

/** Sends bytes as they are and answers what came back until the server closed, or said enough. */
function raw(url: string, text: string, enough: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('utf8');
      if (enough.test(received)) socket.destroy();
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

describe('an HTTP application', () => {
  let application: INestApplication;
  let url: string;
  beforeAll(async () => { ({ application, url } = await start()); });
  afterAll(async () => application.close());
  beforeEach(() => {
    failures.next = null;
    lines.length = 0;
    authentications.length = 0;
  });

  it('serves a caller, under /api too, with links to where the caller came in', async () => {
    for (const prefix of ['', '/api']) {
      const answer = await fetch(`${url}${prefix}/things?page_size=3&owner=x`, { headers: json });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({ caller: 'KEY', requestId: answer.headers.get('x-request-id'), baseUrl: url, page: { pageSize: 3, listUrl: `${url}/things?owner=x` } });
    }
  });

  it('keeps a sane request id and replaces one that is not', async () => {
    expect((await fetch(`${url}/open`, { headers: { 'X-Request-Id': 'abc-1.2:3' } })).headers.get('x-request-id')).toBe('abc-1.2:3');
    expect((await fetch(`${url}/open`, { headers: { 'X-Request-Id': 'a b"{}' } })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('sends security headers and no banner', async () => {
    const { headers } = await fetch(`${url}/open`);
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['nothing', undefined], ['a wrong secret', basic('KEY', 'wrong')], ['another scheme', 'Bearer abc'], ['no colon', `Basic ${Buffer.from('KEY').toString('base64')}`],
    ['no second part', 'Basic'], ['a NUL', basic('KEY\0', 'right')], ['not base64', 'Basic %%%'],
  ])('answers 401 in the path\'s dialect, with a challenge, to %s', async (_what, authorization) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { Authorization: authorization };
    const answer = await fetch(`${url}/things`, { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect(await answer.json()).toMatchObject({ errors: [{ status: '401', id: answer.headers.get('x-request-id'), detail: expect.stringContaining('invalid API key') }] });
    const kafka = await fetch(`${url}/kafka/v3/clusters`, { headers });
    expect(await kafka.json()).toMatchObject({ error_code: 401 });
  });

  it('asks for a key before it says whether a route is there', async () => {
    expect((await fetch(`${url}/nowhere`)).status).toBe(401);
    const answer = await fetch(`${url}/nowhere`, { headers: json });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ errors: [{ code: 'not_found' }] });
    expect(await (await fetch(`${url}/kafka/v3/nowhere`, { headers: json })).json()).toMatchObject({ error_code: 404 });
  });

  it('judges the key before the body: a wrong key\'s megabytes are not waited for', async () => {
    const head = `POST /things HTTP/1.1\r\nHost: h\r\nAuthorization: ${basic('KEY', 'wrong')}\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n{`;
    expect(await raw(url, head, /\}\]\}$/)).toMatch(/^HTTP\/1.1 401 /);
  });

  it('does not look up what can\'t be a key', async () => {
    await fetch(`${url}/things`, { headers: { Authorization: basic('K\0', 'right') } });
    expect(authentications).toEqual([]);
  });

  it('answers 503 when it can\'t know whether a key is right', async () => {
    const answer = await fetch(`${url}/things`, { headers: { Authorization: basic('DATABASEAWAY', 'right') } });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
  });

  const post = (body: string, headers: Record<string, string> = json, path = '/things'): Promise<Response> => fetch(url + path, { method: 'POST', body, headers });
  const codeOf = async (answer: Response): Promise<[number, string]> => [answer.status, ((await answer.json()) as { errors: { code: string }[] }).errors[0].code];

  it.each([
    ['malformed JSON', '{"spec":', 400, 'invalid_json'], ['a text', '"x"', 400, 'invalid_json'], ['an array', '[]', 422, 'invalid_configuration'],
    ['nothing required', '{}', 422, 'invalid_configuration'], ['a wrong type', '{"spec":5}', 422, 'invalid_configuration'], ['null', '{"spec":null}', 422, 'invalid_configuration'],
    ['an array for an object', '{"spec":[{"name":"x"}]}', 422, 'invalid_configuration'], ['a wrong inner type', '{"spec":{"name":{}}}', 422, 'invalid_configuration'],
    ['an empty text', '{"spec":{"name":""}}', 422, 'invalid_configuration'], ['a NUL', '{"spec":{"name":"a\\u0000"}}', 422, 'invalid_configuration'],
    ['a class of the caller\'s', '{"spec":{"name":{"constructor":"x"}}}', 422, 'invalid_configuration'], ['a method of every object', '{"spec":{"name":"x","toString":"x"}}', 422, 'invalid_configuration'], ['a number beyond 32 bits', '{"spec":{"name":"x","count":9007199254740992}}', 422, 'invalid_configuration'], ['a prototype', '{"spec":{"__proto__":{"x":1},"name":"x"}}', 422, 'invalid_configuration'],
    ['deep nesting', `{"a":${'['.repeat(32)}${']'.repeat(32)}}`, 400, 'invalid_json'], ['prototype games', '{"__proto__":{"spec":{"name":"x"}}}', 422, 'invalid_configuration'],
  ])('refuses a body of %s', async (_what, body, status, code) => {
    expect(await codeOf(await post(body))).toEqual([status, code]);
  });

  it('points at the field that is wrong', async () => {
    expect(await (await post('{"spec":{}}')).json()).toMatchObject({ errors: [{ source: { pointer: '/spec/name' } }] });
  });

  it('accepts a body of the size limit and refuses one byte more, announced or not', async () => {
    const empty = '{"spec":{"name":""}}';
    const fill = (bytes: number): string => empty.replace('""', `"${'x'.repeat(bytes - empty.length)}"`);
    expect((await post(fill(1_048_576))).status).toBe(201);
    expect(await codeOf(await post(fill(1_048_577)))).toEqual([413, 'payload_too_large']);
    const stream = new ReadableStream({ start(controller) { controller.enqueue(Buffer.from(fill(1_048_577))); controller.close(); } });
    const chunked = await fetch(`${url}/things`, { method: 'POST', headers: json, body: stream, duplex: 'half' } as RequestInit);
    expect(chunked.status).toBe(413);
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'application/json; charset=utf-16', 'application/xml', ''])('refuses the content type %s', async (type) => {
    expect(await codeOf(await fetch(`${url}/things`, { method: 'POST', body: Buffer.from('{}'), headers: { ...json, 'Content-Type': type } }))).toEqual([415, 'unsupported_media_type']);
  });

  it('refuses a compressed body', async () => {
    expect((await post('{}', { ...json, 'Content-Encoding': 'gzip' })).status).toBe(415);
  });

  it('drops unknown fields for vendors\' routes and refuses them for ours', async () => {
    const tolerant = await post('{"spec":{"name":"x","related":""},"status":{}}');
    expect(await tolerant.json()).toEqual({ spec: { name: 'x' } });
    expect(await (await post('{"name":"x","nome":1}', json, '/things/strict')).json()).toMatchObject({ errors: [{ source: { pointer: '/nome' }, detail: expect.stringContaining('nome') }] });
    expect(await (await post('{}', json, '/things/strict?ownr=1')).json()).toMatchObject({ errors: [{ status: '400', source: { parameter: 'ownr' } }] });
    expect((await post('{}', json, '/things/strict?owner=1')).status).toBe(201);
    // Its own part of a body that is tolerant otherwise.
    expect((await post('{"spec":{"name":"x","nome":1},"ours":{"name":"x"},"theirs":1}')).status).toBe(201);
    expect(await (await post('{"spec":{"name":"x"},"ours":{"nome/":1}}')).json()).toMatchObject({ errors: [{ source: { pointer: '/ours/nome~1' } }] });
    expect(await codeOf(await post('{}', json, '/things/strict?owner=1&owner=2'))).toEqual([400, 'invalid_filter']);
  });

  it('says where a created thing stands', async () => {
    expect((await post('{}', json, '/things/located')).headers.get('location')).toBe('http://h/things/1?environment=env-1');
  });

  it('routes a verb after a colon', async () => {
    expect(await (await fetch(`${url}/things/other/lkc-1:verb`, { headers: json })).json()).toEqual({ verb: true });
  });

  it.each(['/things/other/%00:verb', '/things/other/%zz:verb', '/things/other/%ff:verb'])('answers 400 to the path %s', async (path) => {
    expect(await raw(url, `GET ${path} HTTP/1.1\r\nHost: h\r\nAuthorization: ${json.Authorization}\r\nConnection: close\r\n\r\n`, /$^/)).toMatch(/^HTTP\/1.1 400 /);
  });

  it('answers what isn\'t HTTP with a coded error and closes', async () => {
    const answer = await raw(url, 'NONSENSE\r\n\r\n', /$^/);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toMatch(/X-Request-Id: /);
  });

  it('does not echo a hostile Host into links', async () => {
    const answer = await raw(url, `GET /things HTTP/1.1\r\nHost: evil"><script>\r\nAuthorization: ${json.Authorization}\r\nConnection: close\r\n\r\n`, /$^/);
    expect(answer).not.toContain('script>"');
    expect(answer).toContain('http://localhost:');
  });

  it('answers failures by their kind, 503 for the outside world and 500 for a bug, telling nothing of either', async () => {
    failures.next = new ControlFailure('resource_not_found', 'environment env-1 was not found');
    expect(await codeOf(await fetch(`${url}/things`, { headers: json }))).toEqual([404, 'resource_not_found']);
    failures.next = new OperationalError('database_unavailable', 'postgres at 10.0.0.1', true);
    const away = await fetch(`${url}/things`, { headers: json });
    expect([away.status, away.headers.get('retry-after'), await away.text()]).toEqual([503, '2', expect.not.stringContaining('10.0.0.1')]);
    failures.next = new Error('a bug with detail');
    const bug = await fetch(`${url}/things`, { headers: json });
    expect([bug.status, await bug.text()]).toEqual([500, expect.not.stringContaining('with detail')]);
    expect(lines.filter((line) => line.event === 'http.bug')).toMatchObject([{ fields: { requestId: bug.headers.get('x-request-id'), error: expect.stringContaining('a bug with detail') } }]);
  });

  it('logs a line for each answer, without query, secret or refused key', async () => {
    await (await fetch(`${url}/things?token=hush`, { headers: json })).text();
    await (await fetch(`${url}/things`, { headers: { Authorization: basic('STRANGER', 'hush') } })).text();
    expect(lines.map((line) => line.fields)).toMatchObject([{ method: 'GET', path: '/things', status: 200, keyId: 'KEY' }, { status: 401, keyId: null }]);
    expect(JSON.stringify(lines)).not.toMatch(/hush|STRANGER|right/);
  });

  it('tells a key what it has left', async () => {
    const { headers } = await fetch(`${url}/things`, { headers: json });
    expect(headers.get('x-ratelimit-limit')).toBe('60000');
    expect(Number(headers.get('x-ratelimit-remaining'))).toBeLessThan(60_000);
    expect(Number(headers.get('x-ratelimit-reset'))).toBeLessThanOrEqual(60);
  });
});

describe('an HTTP application\'s rate limits', () => {
  it('stops a key at its limit and lets it go on in the next window', async () => {
    const { application, url } = await start({ requestsPerKey: { requestsMax: 2, windowMs: 10_000, entriesMax: 10 } });
    const statuses: number[] = [];
    for (let request = 0; request < 3; request++) statuses.push((await fetch(`${url}/things`, { headers: json })).status);
    const refused = await fetch(`${url}/things`, { headers: json });
    expect([...statuses, refused.status]).toEqual([200, 200, 429, 429]);
    expect(refused.headers.get('retry-after')).toBe('10');
    now += 10_000;
    expect((await fetch(`${url}/things`, { headers: json })).status).toBe(200);
    await application.close();
  });

  it('stops looking at credentials of an address after too many that were refused', async () => {
    const { application, url } = await start({ failedLoginsPerAddress: { requestsMax: 2, windowMs: 10_000, entriesMax: 10 } });
    const attempt = async (secret: string): Promise<number> => (await fetch(`${url}/things`, { headers: { Authorization: basic('KEY', secret) } })).status;
    expect([await attempt('right'), await attempt('a'), await attempt('b'), await attempt('c')]).toEqual([200, 401, 401, 429]);
    authentications.length = 0;
    expect(await attempt('right')).toBe(429);
    expect(authentications).toEqual([]);
    // Whoever asks whether the platform is well shares an address with others.
    expect((await fetch(`${url}/open`)).status).toBe(200);
    now += 10_000;
    expect(await attempt('right')).toBe(200);
    await application.close();
  });
});
