import type { MessageRange } from '../../src/ports/message-store.ts';
import type { Store } from '../../src/ports/store.ts';
import { withSessions } from './wrapped-store.ts';

/** A store that keeps the newest messages beside the header, as one document does; `reads` are those of the others. */
export interface TailedStore {
  store: Store;
  loads: string[];
  reads: MessageRange[];
}

/** Makes such a store of another. */
export function keepNewestBesideHeader(inner: Store, count: number): TailedStore {
  const loads: string[] = [];
  const reads: MessageRange[] = [];
  const { messages } = inner;
  const store = withSessions(inner, (sessions) => ({
    async load(tenant, sessionId, needs, options) {
      loads.push(sessionId);
      const basis = await sessions.load(tenant, sessionId, needs, options);
      if (!needs.newest || basis.header === null || basis.header.isTombstone) return basis;
      const range = { afterSequence: 0, beforeSequence: 0, from: 'newest', limit: count } as const;
      return { ...basis, newest: await messages.read(tenant, basis.header.uid, range) };
    },
  }));
  const counted: Store['messages'] = {
    findById: (...args) => messages.findById(...args),
    findTurn: (...args) => messages.findTurn(...args),
    read(tenant, uid, range, signal) {
      reads.push(range);
      return messages.read(tenant, uid, range, signal);
    },
  };
  return { store: { ...store, messages: counted }, loads, reads };
}
