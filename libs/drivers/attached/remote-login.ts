/** How a Kafka client comes in: what an operator gave, as the client's own options. */
import type { RemoteConnection, RemoteLogin, RemoteSecrets } from '#libs/control/domain';
import { clientLimits } from '#libs/kafka/client';
import { invariant } from '#libs/kernel';
import { attachedLimits } from './attached.limits.js';

export const usesTls = ({ protocol }: RemoteConnection): boolean => protocol === 'SSL' || protocol === 'SASL_SSL';
export const usesSasl = ({ protocol }: RemoteConnection): boolean => protocol === 'SASL_PLAINTEXT' || protocol === 'SASL_SSL';
export const CLIENT_ID = 'sluice-control-plane';

export function loginOf(connection: RemoteConnection, { password, keyPem }: RemoteSecrets): RemoteLogin {
  const { mechanism, username, caPem, certificatePem } = connection;
  const certificate = certificatePem !== null && keyPem !== null ? { certPem: certificatePem, keyPem } : {};
  const tls = usesTls(connection) ? { caPem, serverName: null as null, ...certificate } : null;
  if (!usesSasl(connection)) return { tls, sasl: null };
  invariant(mechanism !== null && username !== null && password !== null, 'a login by SASL has a mechanism, a name and a password');
  return { tls, sasl: { mechanism, username, password } };
}

export const bounds = { requestTimeoutMs: attachedLimits.requestMs, connectTimeoutMs: attachedLimits.connectMs, callTimeoutMs: attachedLimits.requestMs, responseBytesMax: clientLimits.remoteResponseBytesMax } as const;
