// Hand-made hostility: frames that no client sends, each with what may be the answer.
import { header, framed, encodeRequest, protocol } from './wire.mjs';

const { ApiKey, MetadataRequest, ApiVersionsRequest, FetchRequest, SaslHandshakeRequest, SaslAuthenticateRequest, DescribeConfigsRequest, ListOffsetsRequest } = protocol;

const int32 = (value) => { const bytes = Buffer.alloc(4); bytes.writeInt32BE(value | 0); return bytes; };
const hex = (text) => Buffer.from(text, 'hex');
const body = (apiKey, version, bytes, flexible = false) => framed(Buffer.concat([header(apiKey, version, { flexible }), bytes]));

/** Lengths that are no lengths: the connection must go, whoever sends them. */
export const badLengths = [
  ['2^31-1', int32(0x7fffffff)], ['-1', int32(-1)], ['-2^31', int32(0x80000000)], ['0', int32(0)], ['1', framed(Buffer.from([0]))], ['100 MiB + 1', int32(100 * 1024 * 1024 + 1)],
];

/** After authentication: closed, or an answer with a code. */
export const badFrames = [
  ['header of 3 bytes', framed(hex('000300'))], ['header without a client id', framed(hex('0003000100000001'))], ['client id length 32767', framed(hex('00030001000000017fff'))],
  ['client id length -2', framed(hex('0003000100000001fffe'))], ['unknown key', body(9999, 0, Buffer.alloc(4))], ['negative key', body(-1, 0, Buffer.alloc(4))], ['controller key', body(52, 0, Buffer.alloc(4))],
  ['version too high', body(ApiKey.Metadata, 99, Buffer.alloc(4))], ['version -1', body(ApiKey.Metadata, -1, Buffer.alloc(4))], ['version too low', body(ApiKey.Fetch, 0, Buffer.alloc(4))],
  ['ApiVersions 99', body(ApiKey.ApiVersions, 99, Buffer.alloc(4))], ['ApiVersions -1', body(ApiKey.ApiVersions, -1, Buffer.alloc(4))], ['Produce 0', body(ApiKey.Produce, 0, Buffer.alloc(8))],
  ['array of 2^31-1', body(ApiKey.Metadata, 1, int32(0x7fffffff))], ['array of -2', body(ApiKey.Metadata, 1, int32(-2))], ['compact array of 2^32-1', body(ApiKey.Metadata, 12, hex('ffffffff0f'), true)],
  ['varint of ten bytes', body(ApiKey.Metadata, 12, hex('ffffffffffffffffff01'), true)], ['varint without an end', body(ApiKey.Metadata, 12, hex('ffffff'), true)],
  ['a million tags', body(ApiKey.Metadata, 12, hex('0100000000c0843d'), true)], ['tag of 2^32-1 bytes', body(ApiKey.Metadata, 12, hex('010000000100ffffffff0f'), true)],
  ['tags out of order', body(ApiKey.Metadata, 12, hex('01000000020500000100'), true)], ['the same tag twice', body(ApiKey.Metadata, 12, hex('01000000020500000500'), true)],
  ['tags inside tags', body(ApiKey.Fetch, 12, Buffer.concat([Buffer.alloc(30), hex('01'), hex('0105'), hex('0101020304')]), true)],
  ['tags in the header', framed(Buffer.concat([hex('0003000c00000001000168'), hex('ffffffff0f')]))], ['null name', body(ApiKey.Metadata, 1, hex('00000001ffff'))],
  ['null array', body(ApiKey.ListOffsets, 1, hex('ffffffffffffffff'))], ['bytes after the request', body(ApiKey.Metadata, 1, hex('0000000000000000'))],
  ['name that is no UTF-8', body(ApiKey.Metadata, 1, hex('000000010004fffefdfc'))], ['name of 32767 bytes', framed(encodeRequest(MetadataRequest, 1, { topics: [{ name: 'x'.repeat(32767) }] }))],
  ['SASL on a listener without', framed(encodeRequest(SaslHandshakeRequest, 1, { mechanism: 'PLAIN' }))], ['a token on a listener without', framed(encodeRequest(SaslAuthenticateRequest, 2, { authBytes: Buffer.from('\0a\0b') }))],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')], ['TLS hello', hex('16030100a5010000a10303' + '00'.repeat(160))], ['SSLv2 hello', hex('802e0103010015000000100100800200800400800')], ['random text', Buffer.from('\n'.repeat(64))],
];

const tokens = [
  ['empty', Buffer.alloc(0)], ['NULs', Buffer.alloc(64)], ['wrong', Buffer.from('\0ABCDEFGHIJKLMNOP\0slc_wrong')], ['long', Buffer.alloc(60_000, 'a')], ['no UTF-8', hex('00fffe00fdfc')],
  ['four fields', Buffer.from('\0a\0b\0c')], ['SCRAM first', Buffer.from('n,,n=user,r=nonce')], ['SCRAM with binding', Buffer.from('p=tls-unique,,n=user,r=nonce')], ['SCRAM with many parts', Buffer.from(`n,,n=user,r=nonce${',x=y'.repeat(3000)}`)],
];

/** Before authentication: closed within the time that a login has; nothing is told. */
export const beforeLogin = [
  ['64 KiB + 1', Buffer.concat([int32(65_537), Buffer.alloc(65_537)])], ['Metadata', framed(encodeRequest(MetadataRequest, 1, { topics: null }))], ['Fetch', framed(encodeRequest(FetchRequest, 4, {}))],
  ['token before handshake', framed(encodeRequest(SaslAuthenticateRequest, 2, { authBytes: Buffer.from('\0a\0b') }))], ['unknown mechanism', framed(encodeRequest(SaslHandshakeRequest, 1, { mechanism: 'GSSAPI' }))],
  ['mechanism __proto__', framed(encodeRequest(SaslHandshakeRequest, 1, { mechanism: '__proto__' }))],
  ...[1, 0].flatMap((version) => ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => tokens.map(([what, token]) => [
    `${mechanism} ${version === 0 ? 'bare' : 'framed'}: ${what}`,
    Buffer.concat([framed(encodeRequest(SaslHandshakeRequest, version, { mechanism })), version === 0 ? framed(token) : framed(encodeRequest(SaslAuthenticateRequest, 2, { authBytes: token }))]),
  ]))),
];

/** Requests that ask for far more than they are: the answer must stay in proportion. */
export const amplifiers = [
  ['50,000 times the same topic in Metadata', framed(encodeRequest(MetadataRequest, 12, { topics: Array(50_000).fill({ name: 'wide' }) })), 1],
  ['2,000 times the same topic in DescribeConfigs', framed(encodeRequest(DescribeConfigsRequest, 4, { includeSynonyms: true, includeDocumentation: true, resources: Array(20_000).fill({ resourceType: 2, resourceName: 'victim', configurationKeys: null }) }))],
  ['20,000 times the same partition in Fetch', framed(encodeRequest(FetchRequest, 12, {
    maxWaitMs: 0, minBytes: 1, maxBytes: 0x7fffffff, sessionEpoch: -1, topics: [{ topic: 'large', partitions: Array(20_000).fill({ partition: 0, fetchOffset: 0, partitionMaxBytes: 0x7fffffff }) }],
  }))],
  ['20,000 times the same partition in ListOffsets', framed(encodeRequest(ListOffsetsRequest, 7, { replicaId: -1, topics: [{ name: 'large', partitions: Array(20_000).fill({ partitionIndex: 0, timestamp: 1 }) }] }))],
];

/** A frame of so many bytes that is nothing but the smallest elements of an array. */
export function tinyElements(sizeBytes) {
  const prefix = Buffer.concat([header(ApiKey.Metadata, 9, { flexible: true })]);
  const count = sizeBytes - 64;
  const length = new protocol.Writer();
  length.uvarint(Math.floor(count / 2) + 1);
  const elements = Buffer.alloc(Math.floor(count / 2) * 2);
  for (let at = 0; at < elements.length; at += 2) elements[at] = 1;
  return framed(Buffer.concat([prefix, ...length.finish(), elements, Buffer.alloc(4)]));
}

export const apiVersions = framed(encodeRequest(ApiVersionsRequest, 0, {}));
