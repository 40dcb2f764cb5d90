import { createServer } from 'node:net';

/** Whether nothing else on the machine listens on this port at the moment. */
export type PortProbe = (port: number) => Promise<boolean>;

export const createPortProbe = (host: string): PortProbe => (port) => new Promise((resolve) => {
  const server = createServer();
  server.once('error', () => resolve(false));
  server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
});
