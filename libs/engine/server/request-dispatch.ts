/**
 * From one frame to one answer: header, version and state checks, decoding, the handler, encoding. What a client may not send is thrown as
 * ConnectionRefused or ProtocolError and ends its connection.
 */
import { ApiKey, ProtocolError, Reader } from '#libs/kafka/protocol';
import type { Principal } from '../security/index.js';
import { CLOSE_CONNECTION, NO_RESPONSE, type ApiHandler, type RequestContext } from './api.js';
import { unsupportedApiVersionsResponse } from './handlers/18-api-versions.handlers.js';
import { encodeResponse, frameOf, readClientId, readRequestPrefix } from './request-header.js';
import type { ClientQuotas, RequestQuota } from './quotas/index.js';
import type { SaslRequest } from './sasl.states.js';
import type { SaslSession } from './sasl-session.js';
import { serverErrors } from './server.errors.js';
import { SERVER_LIMITS } from './server.limits.js';

/** Bytes to send, nothing to send, or the end of the connection. */
export type Outcome = readonly Buffer[] | typeof NO_RESPONSE | typeof CLOSE_CONNECTION;

export interface Peer {
  connectionId: string;
  clientHost: string;
  listenerName: string;
  /** Of listeners without SASL. */
  principal: Principal;
  sasl: SaslSession | null;
  /** Absent: nobody is charged. */
  quotas?: ClientQuotas;
  onClose(listener: () => void): () => void;
  /** What an answer may add to those that wait for their clients. */
  answerBytesMax(): number;
  /** Runs after this many milliseconds, unless the client has gone by then: nothing is kept for it. */
  later(delayMs: number, action: () => void): void;
  /** Takes nothing more from the client for this long (KIP-219); what it has asked for is answered. */
  mute(delayMs: number): void;
}

export type HandlerTable = ReadonlyMap<number, ApiHandler>;

function saslRequestOf(apiKey: number): SaslRequest {
  if (apiKey === ApiKey.ApiVersions) return 'apiVersions';
  if (apiKey === ApiKey.SaslHandshake) return 'handshake';
  return apiKey === ApiKey.SaslAuthenticate ? 'authenticate' : 'other';
}

function checkState(sasl: SaslSession | null, apiKey: number): void {
  if (sasl === null) return;
  const request = saslRequestOf(apiKey);
  const settled = sasl.state === 'authenticated';
  if (settled && sasl.expired && request !== 'handshake') throw serverErrors.sessionExpired();
  // After a login the handlers answer with ILLEGAL_SASL_STATE; before it only what leads to one is taken.
  if (!settled && !sasl.accepts(request)) throw serverErrors.notAuthenticated(apiKey);
}

/** A token that came bare, after a handshake of version 0: answered bare, a refusal by closing. */
function dispatchToken(sasl: SaslSession, peer: Peer, frame: Buffer): Outcome | Promise<Outcome> {
  const { errorCode, authBytes, delayMs } = sasl.authenticate(frame);
  if (errorCode === 0) return frameOf(authBytes);
  return new Promise((resolve) => { peer.later(delayMs, () => resolve(CLOSE_CONNECTION)); });
}

function handlerFor(handlers: HandlerTable, listenerName: string, apiKey: number, apiVersion: number): ApiHandler {
  const handler = handlers.get(apiKey);
  if (handler === undefined || (handler.listener !== undefined && handler.listener !== listenerName)) throw serverErrors.unknownApi(apiKey);
  const { request } = handler;
  if (apiVersion < Math.max(handler.minVersion, request.minVersion) || apiVersion > Math.min(handler.maxVersion, request.maxVersion)) throw serverErrors.unsupportedVersion(apiKey, apiVersion);
  return handler;
}

/** Charges the request, mutes its connection, and says in the answer for how long. */
function settle<T extends object>(quota: RequestQuota, peer: Peer, answer: T | symbol): T | symbol {
  const throttleTimeMs = quota.settle(answer !== NO_RESPONSE);
  if (throttleTimeMs === 0) return answer;
  peer.mute(throttleTimeMs);
  return typeof answer === 'symbol' ? answer : { ...answer, throttleTimeMs };
}

export function dispatch(handlers: HandlerTable, peer: Peer, frame: Buffer): Outcome | Promise<Outcome> {
  const { sasl } = peer;
  if (sasl?.rawTokens === true) return dispatchToken(sasl, peer, frame);
  const reader = new Reader(frame, 0, frame.length, SERVER_LIMITS.requestElementsMax);
  const { apiKey, apiVersion, correlationId } = readRequestPrefix(reader);
  checkState(sasl, apiKey);
  const versions = handlers.get(ApiKey.ApiVersions);
  if (apiKey === ApiKey.ApiVersions && versions !== undefined && (apiVersion > versions.maxVersion || apiVersion < versions.minVersion)) {
    return encodeResponse(versions.response, 0, correlationId, unsupportedApiVersionsResponse(handlers.values()));
  }
  const handler = handlerFor(handlers, peer.listenerName, apiKey, apiVersion);
  const clientId = readClientId(reader, apiVersion >= handler.request.flexibleFrom);
  const principal = sasl?.login?.principal ?? peer.principal;
  const charged = peer.quotas?.enabled === true && (sasl === null || saslRequestOf(apiKey) === 'other') ? { user: principal.name, clientId: clientId ?? '', apiKey, sizeBytes: reader.remaining } : null;
  const quota = charged === null ? null : peer.quotas!.begin(charged);
  // Bytes may follow it: librdkafka 2.16 sends three after a Metadata that asks for all topics, and Apache Kafka doesn't look at them.
  const request = handler.request.read(reader, apiVersion);
  const context: RequestContext = {
    apiKey, apiVersion, correlationId, clientId, connectionId: peer.connectionId, clientHost: peer.clientHost, listenerName: peer.listenerName,
    principal, onClose: peer.onClose, answerBytesMax: peer.answerBytesMax, ...(sasl === null ? {} : { sasl }),
  };
  if (quota !== null) context.quota = quota;
  const encode = (answer: Awaited<ReturnType<ApiHandler['handle']>>): Outcome =>
    typeof answer === 'symbol' ? (answer as Exclude<Outcome, readonly Buffer[]>) : encodeResponse(handler.response, apiVersion, correlationId, answer);
  const answer = handler.handle(context, request);
  const send = quota === null ? encode : (answered: Awaited<typeof answer>): Outcome => encode(settle(quota, peer, answered));
  if (!(answer instanceof Promise)) return send(answer);
  quota?.waits();
  return answer.then(send);
}
