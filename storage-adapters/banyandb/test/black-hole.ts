/** A proxy before a store in tests: its connections can die without a word, as when a host loses its power. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface BlackHole {
  readonly target: string;
  /** Connections of now carry nothing any more and are not ended either; later ones do again once it is over. */
  swallow(): void;
  /** New connections work from now on. */
  over(): void;
  close(): void;
}

export async function blackHoleBefore(target: string): Promise<BlackHole> {
  const [host, port] = target.split(':');
  const dead = new WeakSet<Socket>();
  const sockets = new Set<Socket>();
  let swallows = false;
  const proxy = createServer((incoming) => {
    const outgoing = connect(Number(port), host);
    if (swallows) dead.add(incoming);
    sockets.add(incoming).add(outgoing);
    for (const [from, to] of [[incoming, outgoing], [outgoing, incoming]] as const) {
      from.on('data', (bytes) => dead.has(incoming) || to.write(bytes));
      from.on('error', () => undefined);
      from.on('close', () => dead.has(incoming) || to.destroy());
    }
  });
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  return {
    target: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    swallow: () => {
      swallows = true;
      for (const socket of sockets) dead.add(socket);
    },
    over: () => {
      swallows = false;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}
