/** Why a connection is closed. A client that breaks the protocol gets no answer; the log gets one line. */
export class ConnectionRefused extends Error {
  override readonly name = 'ConnectionRefused';
  constructor(readonly reason: string, message: string) { super(message); }
}

export const serverErrors = {
  negativeFrame: (size: number) => new ConnectionRefused('bad-frame', `frame length ${size} is negative`),
  oversizeFrame: (size: number, max: number) => new ConnectionRefused('frame-too-large', `frame of ${size} bytes is longer than ${max}`),
  unknownApi: (apiKey: number) => new ConnectionRefused('unknown-api', `api key ${apiKey} is not served`),
  unsupportedVersion: (apiKey: number, version: number) => new ConnectionRefused('unsupported-version', `version ${version} of api key ${apiKey} is not served`),
  notAuthenticated: (apiKey: number) => new ConnectionRefused('not-authenticated', `api key ${apiKey} before authentication`),
  sessionExpired: () => new ConnectionRefused('session-expired', 'the session has ended without re-authentication'),
};
