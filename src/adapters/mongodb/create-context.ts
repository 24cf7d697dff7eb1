import type { MongoContext } from './context.ts';
import { KnownUids } from './known-uids.ts';
import { ServerClock } from './server-clock.ts';

/** Makes what the nouns of a store share, from what its driver and its caller bring. */
export function createContext(parts: Omit<MongoContext, 'uids' | 'now' | 'sampleNow'>): MongoContext {
  const serverClock = new ServerClock(parts.database, parts.clock);
  return {
    ...parts,
    uids: new KnownUids(),
    now: () => serverClock.now(),
    sampleNow: (signal) => serverClock.sample(signal),
  };
}
