import { spawnSync } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { certificateDetails, CONTROL_PLANE_COMMON_NAME, HOSTS_MAX, needsRenewal, openPki, type LeafRequest, type Pki } from './index.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const BROKER: LeafRequest = { commonName: 'lkc-abc12', hosts: ['localhost', '127.0.0.1', '::1', 'kafka.example.org'], usage: 'server' };

let directory: string;
let nowMs: number;
let pki: Pki;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-pki-'));
  nowMs = Date.now();
  pki = await openPki({ directory, now: () => nowMs });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function openssl(...args: string[]): string {
  const result = spawnSync('openssl', args, { encoding: 'utf8' });
  return result.stdout + result.stderr;
}

test('the authority is made once, its key is private', async () => {
  expect(statSync(join(directory, 'ca.key')).mode & 0o777).toBe(0o600);
  const again = await openPki({ directory });
  expect(again.caPem).toBe(pki.caPem);
  expect(openssl('x509', '-in', pki.caFile, '-noout', '-text')).toContain('CA:TRUE');
});

test('an authority without its key is the operator\'s to mend: another one would be trusted by nobody', async () => {
  rmSync(join(directory, 'ca.key'));
  await expect(openPki({ directory })).rejects.toMatchObject({ name: 'OperationalError', code: 'CERTIFICATE_AUTHORITY_BROKEN' });
  expect(readFileSync(join(directory, 'ca.pem'), 'utf8')).toBe(pki.caPem);
  // A first start that was interrupted between the two files.
  rmSync(join(directory, 'ca.pem'));
  expect((await openPki({ directory })).caPem).not.toBe(pki.caPem);
});

test('openssl verifies a broker certificate for every host of it, as a server only', async () => {
  const file = join(directory, 'broker.pem');
  await pki.ensureLeaf(file, BROKER);
  const verify = (...args: string[]): string => openssl('verify', '-x509_strict', '-CAfile', pki.caFile, ...args, file);
  for (const host of ['localhost', 'kafka.example.org']) expect(verify('-purpose', 'sslserver', '-verify_hostname', host)).toContain(': OK');
  for (const ip of ['127.0.0.1', '::1']) expect(verify('-purpose', 'sslserver', '-verify_ip', ip)).toContain(': OK');
  expect(verify('-verify_hostname', 'evil.example.org')).toContain('mismatch');
  expect(verify('-purpose', 'sslclient')).toMatch(/unsupported certificate purpose|unsuitable certificate purpose/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a certificate of another authority is refused and replaced', async () => {
  const other = await openPki({ directory: join(directory, 'other') });
  const file = join(directory, 'broker.pem');
  await other.ensureLeaf(file, BROKER);
  expect(openssl('verify', '-CAfile', pki.caFile, file)).not.toContain(': OK');
  expect((await pki.ensureLeaf(file, BROKER)).changed).toBe(true);
  expect(openssl('verify', '-CAfile', pki.caFile, file)).toContain(': OK');
});

test('renewed when a third of the life is left, and not before', async () => {
  const file = join(directory, 'broker.pem');
  const first = await pki.ensureLeaf(file, BROKER);
  expect(first.changed).toBe(true);
  expect(Math.round((first.notAfterMs - nowMs) / DAY_MS)).toBe(90);
  nowMs += 59 * DAY_MS;
  expect((await pki.ensureLeaf(file, BROKER)).changed).toBe(false);
  nowMs += 2 * DAY_MS;
  const renewed = await pki.ensureLeaf(file, BROKER);
  expect(renewed.changed).toBe(true);
  expect(renewed.certificatePem).not.toBe(first.certificatePem);
  expect(readFileSync(file, 'utf8')).toContain(renewed.certificatePem.trim());
});

test('replaced when hosts or name change, when the clock went back, and when the file is damaged', async () => {
  const file = join(directory, 'broker.pem');
  const { certificatePem } = await pki.ensureLeaf(file, BROKER);
  expect(needsRenewal(certificatePem, BROKER, nowMs)).toBe(false);
  expect(needsRenewal(certificatePem, { ...BROKER, hosts: ['new.example.org'] }, nowMs)).toBe(true);
  expect(needsRenewal(certificatePem, { ...BROKER, commonName: 'lkc-other' }, nowMs)).toBe(true);
  expect(needsRenewal(certificatePem, BROKER, nowMs - 2 * DAY_MS)).toBe(true);
  writeFileSync(file, 'torn');
  expect((await pki.ensureLeaf(file, BROKER)).changed).toBe(true);
});

test('the platform logs in at a broker by mutual TLS with its own name; a server certificate does not pass for a client', async () => {
  const server = await pki.issue(BROKER);
  const client = await pki.ensureControlPlaneClient();
  expect(certificateDetails(client.certificatePem).commonName).toBe(CONTROL_PLANE_COMMON_NAME);
  expect((await pki.ensureControlPlaneClient()).changed).toBe(false);
  expect(await mutualTls(server, client)).toBe(CONTROL_PLANE_COMMON_NAME);
  await expect(mutualTls(server, server)).rejects.toThrow();
});

async function mutualTls(server: { keyPem: string; certificatePem: string }, client: { keyPem: string; certificatePem: string }): Promise<string> {
  const listener = createServer({ key: server.keyPem, cert: server.certificatePem, ca: pki.caPem, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
  try {
    return await new Promise<string>((resolve, reject) => {
      listener.on('tlsClientError', reject);
      listener.on('secureConnection', (socket) => resolve(String(socket.getPeerCertificate().subject.CN)));
      listener.listen(0, '127.0.0.1', () => {
        const { port } = listener.address() as { port: number };
        connect({ host: '127.0.0.1', port, ca: pki.caPem, key: client.keyPem, cert: client.certificatePem }).on('error', reject).on('secureConnect', function close(this: TLSSocket) { this.end(); });
      });
    });
  } finally {
    listener.close();
  }
}

test('each certificate has a key and a serial number of its own', async () => {
  const [one, two] = await Promise.all([pki.issue(BROKER), pki.issue(BROKER)]);
  expect(new X509Certificate(one.certificatePem).serialNumber).not.toBe(new X509Certificate(two.certificatePem).serialNumber);
  expect(createPublicKey(one.keyPem).equals(createPublicKey(two.keyPem))).toBe(false);
});

test('limits: the longest common name and the most hosts pass, one more does not', async () => {
  const hosts = Array.from({ length: HOSTS_MAX }, (_, index) => `h${index}.example.org`);
  await pki.issue({ commonName: 'x'.repeat(64), hosts, usage: 'server' });
  await expect(pki.issue({ commonName: 'x'.repeat(65), hosts: [], usage: 'server' })).rejects.toThrow('1 to 64 characters');
  await expect(pki.issue({ commonName: 'x', hosts: [...hosts, 'one-more'], usage: 'server' })).rejects.toThrow('at most 100 hosts');
});
