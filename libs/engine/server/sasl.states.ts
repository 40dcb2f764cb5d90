/** Authentication of one connection (KIP-152, KIP-368). Requests that a state doesn't name end the connection. */
export const SASL_STATES = ['initial', 'mechanismChosen', 'authenticated', 'reauthenticating', 'failed'] as const;
export type SaslState = (typeof SASL_STATES)[number];

export const SASL_TRANSITIONS: Readonly<Record<SaslState, readonly SaslState[]>> = {
  initial: ['mechanismChosen', 'failed'],
  mechanismChosen: ['authenticated', 'failed'],
  authenticated: ['reauthenticating', 'failed'],
  reauthenticating: ['authenticated', 'failed'],
  failed: [],
};

export type SaslRequest = 'apiVersions' | 'handshake' | 'authenticate' | 'other';

export const SASL_ACCEPTS: Readonly<Record<SaslState, readonly SaslRequest[]>> = {
  initial: ['apiVersions', 'handshake'],
  mechanismChosen: ['authenticate'],
  authenticated: ['apiVersions', 'handshake', 'other'],
  reauthenticating: ['authenticate'],
  failed: [],
};
