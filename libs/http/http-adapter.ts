import http from 'node:http';
import https from 'node:https';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { HttpLimits } from './http.limits.js';
import { presentControlPlaneError } from './error-dialects.js';

export interface ServerTls { certPem: string; keyPem: string }

/** Express under a server with our own time-outs: Node's defaults let a slow client hold a connection for five minutes. */
export class HardenedExpressAdapter extends ExpressAdapter {
  constructor(private readonly limits: HttpLimits, private readonly tls: ServerTls | null) { super(); }

  override initHttpServer(): void {
    const { limits, tls } = this;
    const options = {
      headersTimeout: limits.headersTimeoutMs, requestTimeout: limits.requestTimeoutMs, keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.timeoutCheckIntervalMs, maxHeaderSize: limits.headerBytesMax,
    };
    const server = tls
      ? https.createServer({ ...options, cert: tls.certPem, key: tls.keyPem, minVersion: 'TLSv1.2' }, this.getInstance())
      : http.createServer(options, this.getInstance());
    server.maxConnections = limits.connectionsMax;
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerBrokenRequest(error, socket as Socket));
    this.httpServer = server;
  }
}

const statusOfParserError: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** What isn't HTTP never becomes a request; it still gets a coded answer and an id. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = statusOfParserError[error.code ?? ''] ?? 400;
  const requestId = randomUUID();
  const { body } = presentControlPlaneError({ status, code: 'bad_request', requestId, headers: {}, details: [{ detail: 'This is not an HTTP request that can be understood.' }] });
  const text = JSON.stringify(body);
  socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nContent-Type: application/json\r\nX-Request-Id: ${requestId}\r\nConnection: close\r\n`
    + `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}
