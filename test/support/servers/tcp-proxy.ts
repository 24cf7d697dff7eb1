import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Direction is the way that bytes take through a proxy. */
type Direction = 'toServer' | 'toClient';

/** TcpProxy stands between clients and a server, and does to their connections what networks do. */
export interface TcpProxy {
  /** The loopback port that stands for the server. */
  readonly port: number;
  /** Breaks all connections and refuses further ones until `join`. */
  cut(): void;
  /** Breaks all connections once; further ones are served. */
  drop(): void;
  /** Lets every byte take so much longer, in one direction or both; order stays. 0 = at once. */
  delay(delayMs: number, direction?: Direction): void;
  /** Swallows every byte, in one direction or both, while connections stay open and more are taken. */
  blackHole(direction?: Direction): void;
  /** Ends every fault. Connections whose bytes were swallowed are broken, for what they lost never comes. */
  join(): void;
  close(): Promise<void>;
}

/** Where a proxy leads, and who listens in on it. */
export interface ProxyOptions {
  port: number;
  host?: string;
  /** Called for each connection: what it answers gets the bytes that the client sends. */
  listenIn?: () => (bytes: Buffer) => void;
}

const directions: readonly Direction[] = ['toServer', 'toClient'];

/** Starts a proxy in front of a server, without any fault. */
export async function startTcpProxy({ port, host = '127.0.0.1', listenIn }: ProxyOptions): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  const faults: Faults = { isCut: false, delayMs: { toServer: 0, toClient: 0 }, swallowed: new Set() };
  const server = createServer((client) => {
    if (faults.isCut) return client.resetAndDestroy();
    const pair = new Pair(client, connect(port, host), faults);
    pairs.add(pair);
    if (listenIn !== undefined) client.on('data', listenIn());
    pair.onEnd(() => pairs.delete(pair));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = () => {
    for (const pair of pairs) pair.break();
  };
  return {
    port: (server.address() as AddressInfo).port,
    drop,
    cut: () => {
      faults.isCut = true;
      drop();
    },
    delay: (delayMs, direction) => {
      for (const each of direction ? [direction] : directions) faults.delayMs[each] = delayMs;
    },
    blackHole: (direction) => {
      for (const each of direction ? [direction] : directions) faults.swallowed.add(each);
    },
    join: () => {
      Object.assign(faults, { isCut: false, delayMs: { toServer: 0, toClient: 0 }, swallowed: new Set() });
      for (const pair of pairs) if (pair.lostBytes) pair.break();
    },
    close: async () => {
      drop();
      server.close();
      await once(server, 'close');
    },
  };
}

type Faults = { isCut: boolean; delayMs: Record<Direction, number>; swallowed: Set<Direction> };

/** A client's connection and the one to the server that carries its bytes. */
class Pair {
  readonly #client: Socket;
  readonly #server: Socket;
  /** Whether one side waits for what will never come. */
  lostBytes = false;

  constructor(client: Socket, server: Socket, faults: Faults) {
    this.#client = client;
    this.#server = server;
    this.#carry(client, server, 'toServer', faults);
    this.#carry(server, client, 'toClient', faults);
  }

  onEnd(listener: () => void): void {
    const ifBoth = () => this.#client.closed && this.#server.closed && listener();
    this.#client.once('close', ifBoth);
    this.#server.once('close', ifBoth);
  }

  break(): void {
    reset(this.#client);
    reset(this.#server);
  }

  #carry(from: Socket, to: Socket, direction: Direction, faults: Faults): void {
    const line = new DelayLine();
    const pass = (act: () => void) => {
      if (faults.swallowed.has(direction)) this.lostBytes = true;
      else line.run(act, faults.delayMs[direction]);
    };
    from.setNoDelay(true);
    from.on('data', (bytes) => pass(() => to.write(bytes)));
    from.on('end', () => pass(() => to.end()));
    from.on('close', () => pass(() => to.destroy()));
    from.on('error', () => pass(() => reset(to)));
  }
}

/** A socket that is being shut down cannot be reset: it would stay open for ever. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** Runs acts after a while each, in their order: none overtakes another, even when the delay shrinks. */
class DelayLine {
  readonly #waiting: { dueAt: number; act: () => void }[] = [];

  run(act: () => void, delayMs: number): void {
    this.#waiting.push({ dueAt: performance.now() + delayMs, act });
    if (this.#waiting.length === 1) this.#runDue();
  }

  #runDue(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const inMs = next.dueAt - performance.now();
      if (inMs > 0) return void setTimeout(() => this.#runDue(), inMs);
      next.act();
      this.#waiting.shift();
    }
  }
}
