/** Certificates and keys as they were given, looked at before anybody is connected to. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { ControlFailure, type RemoteConnection, type RemoteSecrets } from '#libs/control/domain';

const invalid = (message: string, pointer: string): ControlFailure => new ControlFailure('invalid_configuration', message, { source: { pointer } });

function certificates(pem: string, pointer: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw invalid(`${pointer.slice(1)} holds no certificate in PEM`, pointer);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    throw invalid(`a certificate in ${pointer.slice(1)} can't be read`, pointer);
  }
}

function privateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw invalid('key_pem holds no private key in PEM, or one that is encrypted', '/key_pem');
  }
}

export function checkMaterial({ caPem, certificatePem }: Pick<RemoteConnection, 'caPem' | 'certificatePem'>, { keyPem }: RemoteSecrets): void {
  if (caPem !== null) certificates(caPem, '/ca_pem');
  const own = certificatePem === null ? null : certificates(certificatePem, '/certificate_pem')[0]!;
  const key = keyPem === null ? null : privateKey(keyPem);
  if (own !== null && key !== null && !own.checkPrivateKey(key)) throw invalid('key_pem isn\'t the key of the first certificate in certificate_pem', '/key_pem');
}
