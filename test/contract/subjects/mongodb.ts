import { Binary } from 'mongodb';
import type { SessionDocument } from '../../../src/adapters/mongodb/database/documents.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Store } from '../../../src/ports/store.ts';
import { openMongoStoreAt } from '../../support/open-mongo-store.ts';
import { type MongoServer, mongoServer, startMongoServer } from '../../support/servers/mongo-server.ts';
import { ScratchDatabases } from '../../support/servers/scratch-databases.ts';
import { startTcpProxy, type TcpProxy } from '../../support/servers/tcp-proxy.ts';
import { onlyHostOf, viaPort } from '../../support/servers/via-port.ts';
import type { ContractSubject, PreparedHarness } from '../contract-subject.ts';

/** MongoDB, or what stands in for it, behind a proxy that can be cut where the server has a single address. */
export const mongodbSubject: ContractSubject = {
  name: 'mongodb',
  cannot: { cut: 'a proxy stands in for one host only: MONGODB_URI names several, a service record, or TLS' },
  deviations: {},
  prepare: async () => {
    const { server, stop } = await serverOfItsOwn();
    const host = onlyHostOf(server.url);
    const proxy = host === null ? null : await startTcpProxy(host);
    const harness = harnessOf(server, proxy);
    return {
      ...harness,
      close: async () => {
        await harness.close();
        await stop();
      },
    };
  },
};

/** What stands in for MongoDB works on one core: several files at once would wait for each other. */
async function serverOfItsOwn(): Promise<{ server: MongoServer; stop(): Promise<void> }> {
  if (process.env.MONGODB_URI !== undefined) return { server: await mongoServer(), stop: async () => {} };
  const server = await startMongoServer();
  return { server, stop: server.stop };
}

function harnessOf(server: MongoServer, proxy: TcpProxy | null): PreparedHarness {
  const scratch = new ScratchDatabases(server);
  const urlOf = (name: string) => (proxy === null ? server.urlOf(name) : viaPort(server.urlOf(name), proxy.port));
  const names = new WeakMap<Store, string>();
  const openIn = async (name: string, clock: Clock) => {
    const store = await openMongoStoreAt(urlOf(name), clock);
    names.set(store, name);
    return store;
  };
  const cut: PreparedHarness['cut'] = async () => {
    proxy?.cut();
    return async () => proxy?.join();
  };
  return {
    open: async (clock) => {
      proxy?.join();
      await scratch.drop();
      return openIn(scratch.next(), clock);
    },
    reopen: async (store, clock) => {
      await store.close();
      return openIn(names.get(store) as string, clock);
    },
    corrupt: async (store, uid, sequence) => {
      await corruptBody(scratch, names.get(store) as string, { uid, sequence });
      return store;
    },
    ...(proxy === null ? {} : { cut }),
    close: async () => {
      await scratch.close();
      await proxy?.close();
    },
  };
}

async function corruptBody(scratch: ScratchDatabases, name: string, place: { uid: string; sequence: number }) {
  const sessions = scratch.client.db(name).collection<SessionDocument>('sessions');
  const { uid, sequence: n } = place;
  const session = await sessions.findOne({ uid });
  const message = session?.tail.find((each) => each.n === n);
  if (message === undefined || !('body' in message) || message.body === undefined) {
    throw new Error(`message ${n} of ${uid} has no body in its session's document`);
  }
  const bytes = Uint8Array.from(message.body.value());
  bytes[0] = (bytes[0] as number) ^ 1;
  await sessions.updateOne({ uid, 'tail.n': n }, { $set: { 'tail.$.body': new Binary(bytes) } });
}
