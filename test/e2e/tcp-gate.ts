import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a TCP server that can be shut and opened again: a database that is away, without touching the database. */
export interface TcpGate { readonly port: number; shut(): Promise<void>; open(): Promise<void> }

export async function createTcpGate(targetPort: number): Promise<TcpGate> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    return socket;
  };
  const make = (): ReturnType<typeof createServer> => createServer((inner) => {
    const outer = keep(connect(targetPort, '127.0.0.1'));
    keep(inner).pipe(outer).pipe(inner);
    inner.on('close', () => outer.destroy());
    outer.on('close', () => inner.destroy());
  });
  let server = make();
  const listen = (port: number): Promise<void> => new Promise((resolve, reject) => { server.once('error', reject).listen(port, '127.0.0.1', resolve); });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async shut() {
      const closed = new Promise<void>((resolve) => { server.close(() => resolve()); });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async open() {
      server = make();
      await listen(port);
    },
  };
}
