/**
 * SaslAuthenticate 0-2. One token of the mechanism's exchange. v1 (KIP-368): how long the session lasts. v2: flexible. A refusal is held back, so
 * that guessing costs time; the connection is closed after it.
 */
import type { Env } from '#libs/kernel';
import { ErrorCode, SaslAuthenticateRequest, SaslAuthenticateResponse, type Draft } from '#libs/kafka/protocol';
import { defineHandler, type ApiHandler } from '../api.js';

export function createSaslAuthenticateHandler(deps: { env: Pick<Env, 'timers'> }): ApiHandler {
  return defineHandler({
    apiKey: SaslAuthenticateRequest.apiKey, request: SaslAuthenticateRequest, response: SaslAuthenticateResponse, minVersion: 0, maxVersion: 2,
    handle(context, request): Draft<SaslAuthenticateResponse> | Promise<Draft<SaslAuthenticateResponse>> {
      const { sasl } = context;
      if (sasl === undefined || !sasl.accepts('authenticate')) {
        return { errorCode: ErrorCode.ILLEGAL_SASL_STATE, errorMessage: 'SaslAuthenticate request received after successful authentication' };
      }
      const { delayMs, sessionLifetimeMs, ...answer } = sasl.authenticate(request.authBytes);
      const response = { ...answer, sessionLifetimeMs: context.apiVersion >= 1 ? sessionLifetimeMs : 0 };
      if (delayMs === 0) return response;
      return new Promise((resolve) => {
        // Who doesn't wait for the answer leaves nothing behind.
        const forget = context.onClose?.(() => deps.env.timers.cancel(timer));
        const timer = deps.env.timers.set(delayMs, () => {
          forget?.();
          resolve(response);
        });
      });
    },
  });
}
