import type { SecureContextOptions } from 'node:tls';
import type { Server } from 'node:https';
import { hostname } from 'node:os';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { ServerTls } from '#libs/http';
import type { LeafRequest, Pki } from '#libs/pki';
import type { Log } from '#libs/kernel';
import { isUnspecified, type PlatformConfig } from './config.js';

const RENEWAL_CHECK_INTERVAL_MS = 60 * 60 * 1000;

/** The platform's own HTTPS certificate: every name that a client on this or another machine may use. */
function request(config: PlatformConfig): LeafRequest {
  const machine = hostname();
  const names = [config.advertisedHost, 'localhost', '127.0.0.1', '::1', ...(isUnspecified(config.host) ? [] : [config.host]), ...(/^[A-Za-z0-9.-]{1,253}$/.test(machine) ? [machine] : [])];
  const publicHost = config.publicUrl === null ? [] : [new URL(config.publicUrl).hostname.replace(/^\[|\]$/g, '')];
  const hosts = [...new Set([...names, ...publicHost])];
  return { commonName: hosts.find((each) => isIP(each) === 0 && each.length <= 64) ?? 'localhost', hosts, usage: 'server' };
}

async function ensure(config: PlatformConfig, pki: Pki): Promise<{ tls: ServerTls; changed: boolean }> {
  const { certificatePem, keyPem, changed } = await pki.ensureLeaf(join(config.home, 'pki', 'http.pem'), request(config));
  return { tls: { certPem: certificatePem, keyPem }, changed };
}

export async function openHttpCertificate(config: PlatformConfig, pki: Pki): Promise<ServerTls> {
  return (await ensure(config, pki)).tls;
}

/** Replaces the certificate under a running server before it ends: open connections stay, new ones get the new one. */
export function renewHttpCertificate(config: PlatformConfig, pki: Pki, server: Server, log: Log): { close(): void } {
  const timer = setInterval(() => {
    ensure(config, pki).then(({ tls, changed }) => {
      if (!changed) return;
      server.setSecureContext({ cert: tls.certPem, key: tls.keyPem, minVersion: 'TLSv1.2' } satisfies SecureContextOptions);
      log.write('info', 'http.certificate-renewed', {});
    }).catch((error: unknown) => log.write('error', 'http.certificate-renewal-failed', { error }));
  }, RENEWAL_CHECK_INTERVAL_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
