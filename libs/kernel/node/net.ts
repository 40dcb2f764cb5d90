/** TCP and TLS 1.2+. A connection is handed over only after its handshake; one that fails is dropped and logged at debug. */
import { connect as connectTcp, createServer, isIP, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, type SecureContextOptions, type Server as TlsServer, type TLSSocket } from 'node:tls';
import { OperationalError } from '../errors.js';
import type { ClientTls, Connection, Listener, Log, Net, TlsMaterial } from '../ports.js';
import { wrapSocket } from './connection.js';
import { distinguishedName } from './distinguished-name.js';
import { createHandshakePace } from './handshake-pace.js';
import { NODE_LIMITS } from './node.limits.js';

type ListenOptions = Parameters<Net['listen']>[0];

function secureContext(tls: TlsMaterial): SecureContextOptions {
  return { cert: tls.certPem, key: tls.keyPem, ca: tls.caPem, minVersion: tls.minVersion ?? 'TLSv1.2', ...(tls.maxVersion ? { maxVersion: tls.maxVersion } : {}), honorCipherOrder: true };
}

function acceptTls(socket: TLSSocket, onConnection: (connection: Connection) => void): void {
  const certificate = socket.getPeerX509Certificate();
  // 'requested' leaves the choice to the client, but a certificate that is shown must be good.
  if (certificate !== undefined && !socket.authorized) { socket.destroy(); return; }
  onConnection(wrapSocket(socket, certificate === undefined ? null : distinguishedName(certificate.subject)));
}

interface Servers { /** accepts */ door: Server; /** makes connections secure; null without TLS */ secure: TlsServer | null }

function makeServers(options: ListenOptions, onConnection: (connection: Connection) => void, log: Log): Servers {
  if (options.tls === null) return { door: createServer({ noDelay: true, pauseOnConnect: false, allowHalfOpen: true }, (socket) => onConnection(wrapSocket(socket, null))), secure: null };
  const secure = createTlsServer({
    ...secureContext(options.tls), requestCert: options.tls.clientAuth !== 'none', rejectUnauthorized: options.tls.clientAuth === 'required',
    handshakeTimeout: NODE_LIMITS.tlsHandshakeTimeoutMs,
  }, (socket) => acceptTls(socket, onConnection));
  secure.on('tlsClientError', (error, socket) => {
    log.write('debug', 'tls-handshake-failed', { remoteAddress: socket.remoteAddress ?? null, error: error.message });
    socket.destroy();
  });
  const pace = createHandshakePace<Socket>((socket) => { secure.emit('connection', socket); });
  const door = createServer({ noDelay: true, pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    // Before its handshake nobody else listens to it.
    socket.on('error', () => socket.destroy());
    pace.push(socket);
  });
  return { door, secure };
}

async function listen(options: ListenOptions, onConnection: (connection: Connection) => void, log: Log): Promise<Listener> {
  const { door: server, secure } = makeServers(options, onConnection, log);
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port, backlog: NODE_LIMITS.listenBacklog }, () => { server.removeListener('error', reject); resolve(); });
  });
  server.on('error', (error) => log.write('error', 'listener-error', { port: options.port, error: error.message }));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    setTls(tls) { secure?.setSecureContext(secureContext(tls)); },
    // `close` stops accepting at once; its callback would wait for the open connections too.
    close: async () => { server.close(); },
  };
}

function dial(options: { host: string; port: number; tls: ClientTls | null }, connected: () => void): Socket {
  const { host, port, tls } = options;
  if (tls === null) return connectTcp({ host, port, noDelay: true }, connected);
  const serverName = tls.serverName ?? (isIP(host) === 0 ? host : undefined);
  return connectTls({
    host, port, minVersion: 'TLSv1.2',
    ...(tls.caPem === null ? {} : { ca: tls.caPem }),
    // Addresses are no names of SNI; proxies before hosted clusters route by it.
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(tls.certPem === undefined || tls.keyPem === undefined ? {} : { cert: tls.certPem, key: tls.keyPem }),
  }, connected);
}

function connect(options: { host: string; port: number; tls: ClientTls | null; timeoutMs: number }): Promise<Connection> {
  const where = `${options.host}:${options.port}`;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new OperationalError('CONNECT_FAILED', `cannot connect to ${where}: ${error.message}`, true, { cause: error }));
    };
    const socket = dial(options, () => {
      clearTimeout(timer);
      socket.removeListener('error', fail);
      resolve(wrapSocket(socket, null));
    });
    const timer = setTimeout(() => fail(new Error(`no connection within ${options.timeoutMs} ms`)), options.timeoutMs);
    socket.once('error', fail);
  });
}

export function createNodeNet(log: Log): Net {
  return { listen: (options, onConnection) => listen(options, onConnection, log), connect };
}
