import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { MemoryAgentStore } from './agents.ts';
import { MemoryEventLog } from './events.ts';
import { MemoryMessageStore } from './messages.ts';
import { MemoryPresence } from './presence.ts';
import { MemoryRecords } from './records.ts';
import { MemorySearchIndex } from './search.ts';
import { MemorySessionStore } from './sessions.ts';
import { MemoryStatisticsStore } from './statistics.ts';
import { verify } from './verify.ts';

/** MemoryStoreOptions: `clock` tells which outages are older than 7 days; defaults to the machine's wall clock. */
export interface MemoryStoreOptions {
  clock?: Pick<Clock, 'wallAt'>;
}

/** Opens an empty store that lives as long as the process: for trials, for tests, and as the reference of the port. */
export function openMemoryStore({ clock = { wallAt: Date.now } }: MemoryStoreOptions = {}): Store {
  const records = new MemoryRecords();
  const events = new MemoryEventLog(records);
  return {
    description: 'memory: (not durable: gone when the process ends)',
    storeId: randomUUID(),
    tokenSecret: randomBytes(32),
    isExclusive: true,
    sessions: new MemorySessionStore(records, (tenant) => events.announce(tenant)),
    messages: new MemoryMessageStore(records),
    events,
    search: new MemorySearchIndex(records),
    statistics: new MemoryStatisticsStore(records),
    agents: new MemoryAgentStore(records),
    presence: new MemoryPresence(records, clock),
    check: async (signal) => records.enter(signal),
    async *verify(onProgress, signal) {
      records.enter(signal);
      yield* verify(records);
      onProgress?.(1);
    },
    // A commit leaves nothing for later.
    finishCommits: async () => {
      records.enter();
      return 0;
    },
    // What no live session holds is let go by the commit that ends it.
    collectGarbage: async () => {
      records.enter();
      return 0;
    },
    close: async () => records.close(),
  };
}
