import { connect } from 'node:tls';
import type { Connection, Listener, TlsMaterial } from '../ports.js';
import { createLog } from './log.js';
import { createNodeNet } from './net.js';
import { CA_PEM, CLIENT, SERVER, SERVER2, STRANGER } from './tls.fixture.js';

const net = createNodeNet(createLog(() => undefined));
const open: { destroy(): void }[] = [];
let listener: Listener;
let accepted: Connection[];
let onAccepted: () => void;
afterEach(async () => {
  for (const connection of [...open.splice(0), ...accepted]) connection.destroy();
  await listener.close();
});
async function listen(clientAuth: TlsMaterial['clientAuth'], versions: Pick<TlsMaterial, 'minVersion' | 'maxVersion'> = {}): Promise<void> {
  accepted = [];
  onAccepted = () => undefined;
  listener = await net.listen({ host: '127.0.0.1', port: 0, tls: { ...SERVER, caPem: CA_PEM, clientAuth, ...versions } }, (connection) => {
    accepted.push(connection);
    connection.onData((chunk) => { connection.write([Buffer.from(chunk)]); });
    onAccepted();
  });
}
/** Whether bytes come back: with TLS 1.3 a server's refusal shows only after the client's handshake. */
async function echoes(identity: { certPem: string; keyPem: string } | null, port = listener.port): Promise<boolean> {
  const connection = await net.connect({ host: '127.0.0.1', port, tls: { caPem: CA_PEM, serverName: 'localhost', ...identity }, timeoutMs: 5000 });
  open.push(connection);
  return new Promise((resolve) => {
    connection.onData(() => resolve(true));
    connection.onClose(() => resolve(false));
    connection.write([Buffer.from('x')]);
  });
}
const serverNameOf = (): Promise<string> => new Promise((resolve, reject) => {
  const socket = connect({ host: '127.0.0.1', port: listener.port, ca: CA_PEM, servername: 'localhost' }, () => resolve(socket.getPeerCertificate().subject.CN as string));
  socket.on('error', reject);
  open.push(socket);
});

describe('TLS', () => {
  it('knows a client by the name in its certificate, and nobody without one', async () => {
    await listen('requested');
    expect(await echoes(CLIENT)).toBe(true);
    expect(await echoes(null)).toBe(true);
    expect(accepted.map((connection) => connection.peerDistinguishedName)).toEqual(['CN=client,O=Acme\\, Inc,C=DE', null]);
  });
  it('takes no certificate of another authority, and where one is required none at all', async () => {
    await listen('requested');
    expect(await echoes(STRANGER)).toBe(false);
    await listener.close();
    await listen('required');
    expect([await echoes(STRANGER), await echoes(null), await echoes(CLIENT)]).toEqual([false, false, true]);
    expect(accepted).toHaveLength(1);
  });
  it('shows a new certificate to new connections and keeps the open ones', async () => {
    await listen('none');
    expect(await serverNameOf()).toBe('server one');
    expect(await echoes(null)).toBe(true);
    const before = accepted.length;
    listener.setTls({ ...SERVER2, caPem: CA_PEM, clientAuth: 'none' });
    expect(await serverNameOf()).toBe('server two');
    expect(accepted.slice(0, before)).toHaveLength(before);
    expect(() => listener.setTls({ ...SERVER2, keyPem: 'no key', caPem: CA_PEM, clientAuth: 'none' })).toThrow();
    expect(await serverNameOf()).toBe('server two');
  });
  it('ends a connection that speaks no TLS, or an old one', async () => {
    await listen('none');
    const plain = await net.connect({ host: '127.0.0.1', port: listener.port, tls: null, timeoutMs: 5000 });
    open.push(plain);
    const closed = new Promise<void>((resolve) => { plain.onClose(() => resolve()); });
    plain.onData(() => undefined);
    plain.write([Buffer.from('GET / HTTP/1.1\r\n\r\n')]);
    await closed;
    await expect(new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: listener.port, ca: CA_PEM, servername: 'localhost', minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, () => resolve('connected'));
      socket.on('error', reject);
    })).rejects.toThrow();
    expect(accepted).toHaveLength(0);
  });
  it('speaks the versions that it is told, of those from 1.2 on', async () => {
    const spoken = (asked: 'TLSv1.2' | 'TLSv1.3'): Promise<string | null> => new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port: listener.port, ca: CA_PEM, servername: 'localhost', minVersion: asked, maxVersion: asked }, () => resolve(socket.getProtocol()));
      socket.on('error', () => resolve(null));
      open.push(socket);
    });
    await listen('none', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' });
    expect([await spoken('TLSv1.2'), await spoken('TLSv1.3')]).toEqual([null, 'TLSv1.3']);
    listener.setTls({ ...SERVER, caPem: CA_PEM, clientAuth: 'none', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
    expect([await spoken('TLSv1.2'), await spoken('TLSv1.3')]).toEqual(['TLSv1.2', null]);
  });
  it('does not take a server whose name is another', async () => {
    await listen('none');
    await expect(net.connect({ host: '127.0.0.1', port: listener.port, tls: { caPem: CA_PEM, serverName: 'elsewhere.example' }, timeoutMs: 5000 })).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
  });
});
