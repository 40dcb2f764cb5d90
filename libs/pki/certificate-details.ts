import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { RENEWAL_FRACTION_LEFT } from './pki.limits.js';
import type { CertificateDetails, LeafRequest } from './pki.types.js';

/** What the first certificate of a PEM text says. */
export function certificateDetails(pem: string): CertificateDetails {
  const certificate = new X509Certificate(pem);
  return {
    commonName: /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '',
    hosts: (certificate.subjectAltName ?? '').split(', ').filter(Boolean).map((name) => name.replace(/^(DNS|IP Address):/, '')),
    notBeforeMs: Date.parse(certificate.validFrom),
    notAfterMs: Date.parse(certificate.validTo),
  };
}

/** Due when its time has come, when it isn't valid yet (the clock was set back), or when it is for another name or other hosts. */
export function needsRenewal(pem: string, request: LeafRequest, nowMs: number): boolean {
  const details = certificateDetails(pem);
  const lifeMs = details.notAfterMs - details.notBeforeMs;
  if (nowMs < details.notBeforeMs || details.notAfterMs - nowMs < lifeMs * RENEWAL_FRACTION_LEFT) return true;
  if (details.commonName !== request.commonName) return true;
  const certificate = new X509Certificate(pem);
  return request.hosts.some((host) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) === undefined);
}

export function isSignedBy(pem: string, caPem: string): boolean {
  return new X509Certificate(pem).verify(new X509Certificate(caPem).publicKey);
}
