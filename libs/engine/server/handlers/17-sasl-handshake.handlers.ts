/** SaslHandshake 0-1. Chooses the mechanism. v1 (KIP-152): tokens follow in SaslAuthenticate; after v0 they follow bare. */
import { ErrorCode, SaslHandshakeRequest, SaslHandshakeResponse } from '#libs/kafka/protocol';
import { defineHandler, type ApiHandler } from '../api.js';

export function createSaslHandshakeHandler(): ApiHandler {
  return defineHandler({
    apiKey: SaslHandshakeRequest.apiKey, request: SaslHandshakeRequest, response: SaslHandshakeResponse, minVersion: 0, maxVersion: 1,
    handle(context, request) {
      const { sasl } = context;
      if (sasl === undefined || !sasl.accepts('handshake')) return { errorCode: ErrorCode.ILLEGAL_SASL_STATE, mechanisms: [] };
      return { errorCode: sasl.handshake(request.mechanism, context.apiVersion), mechanisms: [...sasl.mechanisms] };
    },
  });
}
