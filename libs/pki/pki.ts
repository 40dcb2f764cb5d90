import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import * as x509 from '@peculiar/x509';
import { exportPrivateKey, KEY_ALGORITHM, newSerialNumber, openCertificateAuthority, type CertificateAuthority } from './certificate-authority.js';
import { isSignedBy, needsRenewal } from './certificate-details.js';
import { CLOCK_SKEW_MS, COMMON_NAME_LENGTH_MAX, CONTROL_PLANE_COMMON_NAME, HOSTS_MAX, LEAF_VALIDITY_DAYS } from './pki.limits.js';
import { replaceFileSync } from '#libs/host';
import type { IssuedCertificate, LeafRequest, Pki } from './pki.types.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Opens the authority that stands in `directory`, making it on the first call. One process at a time (the platform holds its home's lock). */
export async function openPki(options: { directory: string; now?: () => number }): Promise<Pki> {
  const now = options.now ?? Date.now;
  const authority = await openCertificateAuthority(options.directory, now());
  const issue = (request: LeafRequest): Promise<IssuedCertificate> => issueLeaf(authority, request, now());
  const ensureLeaf = async (file: string, request: LeafRequest): Promise<IssuedCertificate & { changed: boolean }> => {
    const present = readLeaf(file);
    if (present && isSignedBy(present.certificatePem, authority.certificatePem) && !needsRenewal(present.certificatePem, request, now())) {
      return { ...present, changed: false };
    }
    const issued = await issue(request);
    replaceFileSync(file, `${issued.keyPem.trimEnd()}\n${issued.certificatePem.trimEnd()}\n`, 0o600);
    return { ...issued, changed: true };
  };
  return {
    caPem: authority.certificatePem,
    caFile: authority.certificateFile,
    issue,
    ensureLeaf,
    ensureControlPlaneClient: () => ensureLeaf(join(options.directory, 'control-plane.pem'), { commonName: CONTROL_PLANE_COMMON_NAME, hosts: [], usage: 'client' }),
  };
}

async function issueLeaf(authority: CertificateAuthority, request: LeafRequest, nowMs: number): Promise<IssuedCertificate> {
  checkRequest(request);
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']) as webcrypto.CryptoKeyPair;
  // A leaf never outlives its root: verifiers would refuse it with an error that names the wrong certificate.
  const notAfterMs = Math.min(nowMs + LEAF_VALIDITY_DAYS * DAY_MS, authority.certificate.notAfter.getTime());
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerialNumber(),
    subject: [{ CN: [request.commonName] }],
    issuer: authority.certificate.subjectName,
    notBefore: new Date(nowMs - CLOCK_SKEW_MS),
    notAfter: new Date(notAfterMs),
    signingAlgorithm: KEY_ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    extensions: await leafExtensions(authority, request, keys.publicKey),
  });
  return { keyPem: await exportPrivateKey(keys.privateKey), certificatePem: `${certificate.toString('pem')}\n`, notAfterMs: certificate.notAfter.getTime() };
}

async function leafExtensions(authority: CertificateAuthority, request: LeafRequest, publicKey: webcrypto.CryptoKey): Promise<x509.Extension[]> {
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const usages = { server: [serverAuth], client: [clientAuth], peer: [serverAuth, clientAuth] }[request.usage];
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension(usages),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
  ];
  const names = request.hosts.map((host) => ({ type: isIP(host) ? 'ip' as const : 'dns' as const, value: host }));
  if (names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(names));
  return extensions;
}

function checkRequest(request: LeafRequest): void {
  if (request.commonName.length === 0 || request.commonName.length > COMMON_NAME_LENGTH_MAX) {
    throw new RangeError(`a certificate's common name has 1 to ${COMMON_NAME_LENGTH_MAX} characters: "${request.commonName}"`);
  }
  if (request.hosts.length > HOSTS_MAX) throw new RangeError(`a certificate names at most ${HOSTS_MAX} hosts, not ${request.hosts.length}`);
}

function readLeaf(file: string): IssuedCertificate | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const keyPem = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n?/.exec(text)?.[0];
  const certificatePem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/.exec(text)?.[0];
  if (keyPem === undefined || certificatePem === undefined) return null;
  return { keyPem, certificatePem, notAfterMs: new x509.X509Certificate(certificatePem).notAfter.getTime() };
}
