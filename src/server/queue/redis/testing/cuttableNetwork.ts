import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** A TCP way to a server that a test can cut. */
export interface CuttableNetwork {
  readonly port: number;
  readonly url: string;
  /**
   * `silent`: no byte arrives any more, nobody is told, connections stay and new ones hear nothing (a pulled cable, a
   * firewall that drops). `reset`: connections break at once and new ones are refused.
   */
  cut(kind: 'silent' | 'reset'): Promise<void>;
  /**
   * Whole again. `late`: what was on the way arrives now, as TCP delivers it after a short cut. `reset`: the connections of
   * the time before break, as after a long cut where a router has forgotten them.
   */
  heal(kind?: 'late' | 'reset'): Promise<void>;
  close(): Promise<void>;
}

/** Forwards to `port` of this machine. */
export async function createCuttableNetwork(port: number): Promise<CuttableNetwork> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let silent = false;
  let server: Server;
  let own = 0;

  const forward = (from: Socket, to: Socket): void => {
    // By hand and not by pipe: a pipe would resume a socket that was paused by a cut.
    from.on('data', (chunk) => void to.write(chunk));
    from.on('end', () => void to.end());
    from.on('error', () => void to.destroy());
    from.on('close', () => void to.destroy());
    if (silent) from.pause();
  };

  const accept = (client: Socket): void => {
    const behind = createConnection({ port, host: '127.0.0.1' });
    const pair = [client, behind] as const;
    pairs.add(pair);
    client.once('close', () => pairs.delete(pair));
    client.setNoDelay(true);
    behind.setNoDelay(true);
    forward(client, behind);
    forward(behind, client);
  };

  const listen = async (): Promise<void> => {
    server = createServer(accept);
    server.listen(own, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    own = address.port;
  };

  const breakAll = (): void => {
    for (const [client, behind] of pairs) {
      client.resetAndDestroy();
      behind.destroy();
    }
    pairs.clear();
  };

  const stopListening = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    breakAll();
    await closed;
  };

  await listen();
  return {
    get port() {
      return own;
    },
    get url() {
      return `redis://127.0.0.1:${own}`;
    },
    async cut(kind) {
      if (kind === 'reset') {
        await stopListening();
        return;
      }
      silent = true;
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    async heal(kind = 'reset') {
      silent = false;
      if (!server.listening) await listen();
      if (kind === 'reset') breakAll();
      else for (const pair of pairs) for (const socket of pair) socket.resume();
    },
    close: stopListening,
  };
}
