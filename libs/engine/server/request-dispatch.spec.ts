import { ApiKey, ApiVersionsResponse, decode } from '#libs/kafka/protocol';
import type { ApiHandler } from './api.js';
import { createApiVersionsHandler } from './handlers/18-api-versions.handlers.js';
import { dispatch, type Outcome, type Peer } from './request-dispatch.js';

const handlers = new Map<number, ApiHandler>();
handlers.set(ApiKey.ApiVersions, createApiVersionsHandler({ controller: { image: { features: new Map() } } } as never, () => [...handlers.values()]));
const peer: Peer = {
  connectionId: 'c', clientHost: '127.0.0.1', listenerName: 'EXTERNAL', principal: { type: 'User', name: 'u' }, sasl: null, onClose: () => () => undefined, later: () => undefined, mute: () => undefined, answerBytesMax: () => 1_000_000,
};

function request(apiKey: number, version: number): Outcome | Promise<Outcome> {
  const frame = Buffer.alloc(10);
  frame.writeInt16BE(apiKey, 0);
  frame.writeInt16BE(version, 2);
  frame.writeInt32BE(7, 4);
  frame.writeInt16BE(-1, 8);
  return dispatch(handlers, peer, frame);
}

describe('dispatch', () => {
  it.each([5, 99, -1, -32_768])('answers ApiVersions %i, which there is not, with the versions there are (KIP-511)', async (version) => {
    const bytes = Buffer.concat(await request(ApiKey.ApiVersions, version) as Buffer[]);
    expect(bytes.readInt32BE(4)).toBe(7);
    expect(decode(ApiVersionsResponse, 0, bytes.subarray(8))).toMatchObject({ errorCode: 35, apiKeys: [{ apiKey: ApiKey.ApiVersions, minVersion: 0, maxVersion: 4 }] });
  });
  it.each([[ApiKey.Metadata, 1], [-1, 0], [32_767, 0]])('refuses API key %i', (apiKey, version) => {
    expect(() => request(apiKey, version)).toThrow();
  });
});
