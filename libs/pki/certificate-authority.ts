/**
 * The root of an installation: one ECDSA P-256 key and a self-signed certificate, made once, key file 0600. Everything that clients
 * must trust is `ca.pem`, so it lives long; leaves are short and renewed without a restart.
 */
import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { CA_VALIDITY_DAYS, CLOCK_SKEW_MS } from './pki.limits.js';
import { replaceFileSync } from '#libs/host';
import { OperationalError } from '#libs/kernel';

x509.cryptoProvider.set(webcrypto as never);

export const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface CertificateAuthority {
  certificate: x509.X509Certificate;
  certificatePem: string;
  certificateFile: string;
  privateKey: webcrypto.CryptoKey;
}

export async function openCertificateAuthority(directory: string, nowMs: number): Promise<CertificateAuthority> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const certificateFile = join(directory, 'ca.pem');
  const keyFile = join(directory, 'ca.key');
  if (existsSync(certificateFile) && !existsSync(keyFile)) {
    const detail = `${certificateFile} has lost its key ${keyFile}: restore it; or move ca.pem away for a new authority, which every client then has to be given`;
    throw new OperationalError('CERTIFICATE_AUTHORITY_BROKEN', detail, false);
  }
  // The key is written first: without its certificate it has signed nothing, and both are made again.
  if (!existsSync(certificateFile)) await createAuthority(certificateFile, keyFile, nowMs);
  const certificatePem = readFileSync(certificateFile, 'utf8');
  const key = createPrivateKey(readFileSync(keyFile, 'utf8')).export({ type: 'pkcs8', format: 'der' });
  const privateKey = await webcrypto.subtle.importKey('pkcs8', key, KEY_ALGORITHM, false, ['sign']);
  return { certificate: new x509.X509Certificate(certificatePem), certificatePem, certificateFile, privateKey };
}

async function createAuthority(certificateFile: string, keyFile: string, nowMs: number): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerialNumber(),
    // Two installations' roots in one trust store must differ by name, or a client may try the wrong one.
    name: [{ CN: [`Sluice CA ${randomBytes(4).toString('hex')}`] }, { O: ['Sluice'] }],
    notBefore: new Date(nowMs - CLOCK_SKEW_MS),
    notAfter: new Date(nowMs + CA_VALIDITY_DAYS * DAY_MS),
    signingAlgorithm: KEY_ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  replaceFileSync(keyFile, await exportPrivateKey(keys.privateKey), 0o600);
  replaceFileSync(certificateFile, `${certificate.toString('pem')}\n`, 0o644);
}

export async function exportPrivateKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** RFC 5280: positive, at most 20 octets, with at least 64 bits that nobody can guess. */
export function newSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f | 0x40;
  return bytes.toString('hex');
}
