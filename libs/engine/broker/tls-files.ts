/** Certificates of the listeners, out of PEM files, and again when these are replaced: open connections stay, new ones get the new certificate. */
import type { Disk, Log, TlsMaterial } from '#libs/kernel';
import { brokerErrors } from './broker.errors.js';
import { BROKER_LIMITS } from './broker.limits.js';
import type { ListenerSettings, TlsFiles } from './listener-settings.js';

const PRIVATE_KEY = /-----BEGIN (?:EC |RSA )?PRIVATE KEY-----[\s\S]+?-----END (?:EC |RSA )?PRIVATE KEY-----/;
const CERTIFICATES = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

function readPem(disk: Disk, path: string): string {
  const bytes = disk.readFile(path);
  if (bytes === null) throw brokerErrors.badPem(path, 'no such file');
  if (bytes.length > BROKER_LIMITS.pemFileBytesMax) throw brokerErrors.badPem(path, `longer than ${BROKER_LIMITS.pemFileBytesMax} bytes`);
  return bytes.toString('utf8');
}

function certificatesIn(path: string, pem: string): string {
  const found = pem.match(CERTIFICATES);
  if (found === null) throw brokerErrors.badPem(path, 'no certificate in it');
  return `${found.join('\n')}\n`;
}

export function readTls(disk: Disk, files: TlsFiles): TlsMaterial {
  const pem = readPem(disk, files.keystore);
  const key = PRIVATE_KEY.exec(pem);
  if (key === null) throw brokerErrors.badPem(files.keystore, 'no unencrypted private key in it');
  return {
    keyPem: `${key[0]}\n`, certPem: certificatesIn(files.keystore, pem), clientAuth: files.clientAuth, minVersion: files.minVersion, maxVersion: files.maxVersion,
    caPem: files.truststore === null ? '' : certificatesIn(files.truststore, readPem(disk, files.truststore)),
  };
}

export function watchTls(disk: Disk, log: Log, listeners: readonly ListenerSettings[], apply: (listener: string, tls: TlsMaterial) => void): { close(): void } {
  const paths = new Map<string, string | null>();
  for (const { tls } of listeners) for (const path of [tls?.keystore, tls?.truststore]) if (path) paths.set(path, disk.stat(path)?.version ?? null);
  const reload = (path: string): void => {
    const version = disk.stat(path)?.version ?? null;
    if (version === null || version === paths.get(path)) return;
    paths.set(path, version);
    for (const { name, tls } of listeners) {
      if (tls === null || (tls.keystore !== path && tls.truststore !== path)) continue;
      try {
        apply(name, readTls(disk, tls));
        log.write('info', 'certificate-reloaded', { listener: name, path });
      } catch (error) {
        log.write('error', 'certificate-not-reloaded', { listener: name, path, error: (error as Error).message });
      }
    }
  };
  const watches = [...paths.keys()].map((path) => disk.watch(path, () => reload(path)));
  return { close: () => { for (const watch of watches) watch.close(); } };
}
