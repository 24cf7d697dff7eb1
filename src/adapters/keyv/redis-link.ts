import KeyvRedis, { createClient, createCluster, createSentinel, type RedisClientConnectionType } from '@keyv/redis';
import { Keyv } from 'keyv';
import type { RedisAddress } from './redis-address.ts';

/** RedisLink is a connection that comes up by itself, again and again, until it is closed. */
export interface RedisLink {
  keyv: Keyv<Uint8Array>;
  /** True while a command would be sent at once. */
  isReady(): boolean;
  /** Ends it; commands that wait are dropped. Idempotent. */
  close(): Promise<void>;
}

/** RedisLinkOptions: where to, and who is told what goes wrong with the connection. */
export interface RedisLinkOptions {
  address: RedisAddress;
  onError(error: Error): void;
}

const CONNECT_TIMEOUT_MS = 1000;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 1000;
/** More would be waiting for a server that does not answer: they are misses at once. */
const COMMANDS_WAITING_MAX = 1000;

/** Begins to connect. */
export function openRedisLink({ address, onError }: RedisLinkOptions): RedisLink {
  const client = createRedis(address);
  const adapter = new KeyvRedis<Uint8Array>(client, { throwOnConnectError: true, throwOnErrors: true });
  // The bytes go as they are: neither a deadline nor base64 around them, and no name before their key.
  const keyv = new Keyv<Uint8Array>({
    store: adapter,
    namespace: undefined,
    useKeyPrefix: false,
    throwOnErrors: true,
    stats: false,
    serialize: ({ value }) => bufferOf(value as unknown as Uint8Array) as unknown as string,
  });
  keyv.on('error', onError);
  const ending = new AbortController();
  let isConnected = false;
  void connect(client, ending.signal, onError).then(() => {
    isConnected = true;
  });
  return {
    keyv,
    isReady: () => isConnected && !ending.signal.aborted && isReady(client),
    close: async () => {
      ending.abort();
      await end(client).catch(onError);
    },
  };
}

/** The client takes no other bytes. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Tries until it is connected; from then on the client connects again by itself. */
async function connect(
  client: RedisClientConnectionType,
  signal: AbortSignal,
  onError: (error: Error) => void,
): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      await client.connect();
      if (signal.aborted) await end(client);
      return;
    } catch (error) {
      if (signal.aborted) return;
      onError(error as Error);
      await end(client).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, retryMs(attempt)).unref());
    }
  }
}

/** A cluster's client tells of no node whether it is connected: a command fails at once where it is not. */
function isReady(client: RedisClientConnectionType): boolean {
  return 'isReady' in client ? client.isReady === true : client.isOpen;
}

async function end(client: RedisClientConnectionType): Promise<void> {
  if (client.isOpen) await client.destroy();
}

function retryMs(attempt: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(attempt, 10));
}

/** RESP's number of a blob string: it is answered as bytes. */
const BLOB_STRING = 36;

function createRedis(address: RedisAddress): RedisClientConnectionType {
  const { kind, nodes, isEncrypted, database, masterName = '', username, password } = address;
  const socket = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectStrategy: retryMs,
    ...(isEncrypted && { tls: true as const }),
  };
  const shared = { disableOfflineQueue: true, commandsQueueMaxLength: COMMANDS_WAITING_MAX };
  const login = { ...(username && { username }), ...(password && { password }) };
  const commandOptions = { typeMapping: { [BLOB_STRING]: Buffer } };
  const [first = { host: '', port: 0 }] = nodes;
  switch (kind) {
    case 'standalone':
      return createClient({ ...shared, ...login, database, commandOptions, socket: { ...socket, ...first } }) as never;
    case 'cluster': {
      const rootNodes = nodes.map((node) => ({ socket: { ...socket, ...node } }));
      return createCluster({ rootNodes, defaults: { ...shared, ...login, socket }, commandOptions }) as never;
    }
    case 'sentinel':
      return createSentinel({
        name: masterName,
        sentinelRootNodes: nodes,
        nodeClientOptions: { ...shared, ...login, database, socket },
        sentinelClientOptions: { ...sentinelLogin(address), socket },
        commandOptions,
        passthroughClientErrorEvents: true,
      }) as never;
  }
}

function sentinelLogin({ sentinelUsername: username, sentinelPassword: password }: RedisAddress) {
  return { ...(username && { username }), ...(password && { password }) };
}
