import type { Basis } from '../../src/model/basis.ts';
import type { EventRow } from '../../src/model/event.ts';
import type { SessionHeader } from '../../src/model/session.ts';
import type { Store } from '../../src/ports/store.ts';
import { replace } from './replace.ts';

/** A store that breaks one promise, and the title of the case that must notice. */
export interface BrokenStore {
  fault: string;
  caughtBy: string;
  breakStore(store: Store): Store;
}

/** Stores that are the given one but for one fault each. */
export const brokenStores: readonly BrokenStore[] = [
  {
    fault: 'commits whatever revision the basis has',
    caughtBy: 'one of many commits on one basis wins',
    breakStore: (store) => withSessions(store, commitAnyway),
  },
  {
    fault: 'loses appends that race',
    caughtBy: 'concurrent appends are numbered without a hole, each as a whole, none lost',
    breakStore: (store) => withSessions(store, commitAnyway),
  },
  {
    fault: 'expires what slid since the sweep looked',
    caughtBy: 'an expiry decided before a slide is a conflict: what was touched lives',
    breakStore: (store) =>
      withSessions(store, ({ load, commit }) => ({
        commit: async (basis, ...rest) => {
          const { header } = await load(basis.tenant, basis.sessionId, {});
          return commit(header?.rev === basis.header?.rev ? { ...basis, header } : basis, ...rest);
        },
      })),
  },
  {
    fault: 'lets a late slide lower deadlines',
    caughtBy: 'two slides of one basis both count, and the later deadlines stay',
    breakStore: (store) =>
      withSessions(store, ({ load, commit }) => ({
        commit: async (basis, changes, events, signal) => {
          const stored = changes.isSlide ? await load(basis.tenant, basis.sessionId, {}) : basis;
          const isSame = stored.header?.rev === basis.header?.rev;
          return commit(isSame ? stored : basis, { ...changes, isSlide: false }, events, signal);
        },
      })),
  },
  {
    fault: 'shows a commit before its messages are there',
    caughtBy: 'reads see a whole commit or nothing of it',
    breakStore: (store) =>
      withSessions(store, ({ commit }) => ({
        commit: async (basis, changes, events, signal) => {
          const outcome = await commit(basis, { ...changes, messages: [] }, events, signal);
          if (outcome !== 'committed' || changes.messages.length === 0) return outcome;
          await new Promise(setImmediate);
          return commit({ ...basis, header: changes.header }, changes, [], signal);
        },
      })),
  },
  {
    fault: 'takes a claim that another session holds',
    caughtBy: 'a commit that claims what another live session holds is a conflict and writes nothing',
    breakStore: (store) =>
      withSessions(store, ({ findClaim, commit }) => ({
        commit: async (basis, changes, events, signal) => {
          const holders = await Promise.all(changes.claims.map((key) => findClaim(basis.tenant, key)));
          const claims = changes.claims.filter((_, place) => holders[place] === null);
          return commit(basis, { ...changes, claims }, events, signal);
        },
      })),
  },
  {
    fault: 'remembers no request id',
    caughtBy: 'a repeated request id gets its first answer and does nothing',
    breakStore: (store) =>
      withSessions(store, ({ load }) => ({
        load: async (...asked) => ({ ...(await load(...asked)), recorded: new Map() }),
      })),
  },
  {
    fault: 'never forgets a request id',
    caughtBy: 'those numbered up to forgetThrough are forgotten, the rest stay',
    breakStore: (store) =>
      withSessions(store, ({ commit }) => ({
        commit: (basis, changes, ...rest) => commit(basis, { ...changes, forgetThrough: 0 }, ...rest),
      })),
  },
  {
    fault: 'hands out what it holds itself',
    caughtBy: 'what a caller does to an answer changes nothing in the store',
    breakStore: (store) => {
      const held = new Map<string, Promise<Basis>>();
      return withSessions(store, ({ load }) => ({
        load: (tenant, sessionId, needs) => {
          const key = JSON.stringify([tenant, sessionId, needs]);
          if (!held.has(key)) held.set(key, load(tenant, sessionId, needs));
          return held.get(key) as Promise<Basis>;
        },
      }));
    },
  },
  {
    fault: 'pages by time alone',
    caughtBy: 'pages show every session once, ties and all',
    breakStore: (store) =>
      withSessions(store, ({ list }) => ({
        list: async (tenant, filter, order, after, limit) => {
          const all = await list(tenant, filter, order, null, Number.MAX_SAFE_INTEGER);
          const isAfter = ({ [order.by]: at }: SessionHeader) =>
            after === null || (order.direction === 'newestFirst' ? at < after.at : at > after.at);
          return all.filter(({ header }) => isAfter(header)).slice(0, limit);
        },
      })),
  },
  {
    fault: 'gives every page to the busiest tenant',
    caughtBy: 'a tenant with much work does not keep another’s off the page',
    breakStore: (store) =>
      withSessions(store, ({ findDue }) => ({
        findDue: async (dueBefore, limit, after) => {
          const all = await findDue(dueBefore, Number.MAX_SAFE_INTEGER, after);
          return all.toSorted((one, other) => one.dueAt - other.dueAt).slice(0, limit);
        },
      })),
  },
  {
    fault: 'finds work a millisecond early',
    caughtBy: 'a session is due from its instant on, not a millisecond before',
    breakStore: (store) =>
      withSessions(store, ({ findDue }) => ({
        findDue: (dueBefore, ...rest) => findDue(dueBefore + 1, ...rest),
      })),
  },
  {
    fault: 'folds the case of session ids',
    caughtBy: 'session ids differ where one byte differs, and none is special',
    breakStore: (store) =>
      withSessions(store, ({ load, commit }) => ({
        load: (tenant, sessionId, ...rest) => load(tenant, sessionId.toLowerCase(), ...rest),
        commit: (basis, changes, ...rest) => {
          const sessionId = basis.sessionId.toLowerCase();
          return commit({ ...basis, sessionId }, { ...changes, header: { ...changes.header, sessionId } }, ...rest);
        },
      })),
  },
  {
    fault: 'commits what was aborted before it was sent',
    caughtBy: 'a commit that was aborted before it was sent writes nothing',
    breakStore: (store) =>
      withSessions(store, ({ commit }) => ({ commit: (basis, changes, events) => commit(basis, changes, events) })),
  },
  {
    fault: 'leaves a hole in the newest messages',
    caughtBy: 'newest messages are a run up to the last, as a read has them',
    breakStore: (store) =>
      withLoads(store, ({ newest, ...basis }) =>
        newest === undefined ? basis : { ...basis, newest: newest.toSpliced(-2, 1) },
      ),
  },
  {
    fault: 'brings the newest messages of an earlier commit',
    caughtBy: 'newest messages have their token counts made exact',
    breakStore: (store) =>
      withLoads(store, ({ newest, ...basis }) => ({
        ...basis,
        ...(newest && { newest: newest.map((message) => ({ ...message, isTokenCountExact: false })) }),
      })),
  },
  {
    fault: 'takes a part of the memory for all of it',
    caughtBy: 'what is said to be known whole has every request id and tool call',
    breakStore: (store) => withLoads(store, (basis) => ({ ...basis, recorded: new Map([...basis.recorded].slice(1)) })),
  },
  {
    fault: 'says nothing of what it knows whole',
    caughtBy: 'what is said to be known whole has every request id and tool call',
    breakStore: (store) => withLoads(store, ({ known: _, ...basis }) => basis),
  },
  {
    fault: 'answers what is older than allowed',
    caughtBy: 'an answer is no older than was allowed, and says its age',
    breakStore: (store) => withLoads(store, (basis) => ({ ...basis, ageMs: 1200 })),
  },
  {
    fault: 'hides commits from loads that allow an age',
    caughtBy: 'a load that allows an age sees every commit that was answered before it',
    breakStore: (store) => {
      let first: Basis | undefined;
      return withSessions(store, ({ load }) => ({
        load: async (tenant, sessionId, needs, options) => {
          const basis = await load(tenant, sessionId, needs, options);
          if (basis.header !== null) first ??= basis;
          return (options?.maxAgeMs ?? 0) > 0 ? (first ?? basis) : basis;
        },
      }));
    },
  },
  {
    fault: 'reads messages of any tenant',
    caughtBy: 'a uid of another tenant leads to nothing',
    breakStore: (store) => ({
      ...store,
      messages: replace(store.messages, ({ read }) => ({ read: (_, ...rest) => read('tenant-a', ...rest) })),
    }),
  },
  {
    fault: 'includes the start of a range',
    caughtBy: 'a range excludes both of its ends',
    breakStore: (store) => ({
      ...store,
      messages: replace(store.messages, ({ read }) => ({
        read: (tenant, uid, range, signal) =>
          read(tenant, uid, { ...range, afterSequence: Math.max(0, range.afterSequence - 1) }, signal),
      })),
    }),
  },
  {
    fault: 'tears the events of a commit into rows',
    caughtBy: 'all events of a commit are one row, as they were committed',
    breakStore: (store) => ({
      ...store,
      events: replace(store.events, ({ read }) => ({
        read: async (tenant, afterNumber, limit) => {
          const rows = await read(tenant, 0, Number.MAX_SAFE_INTEGER);
          const torn = rows.flatMap((row) => row.events.map((event): EventRow => ({ ...row, events: [event] })));
          return torn.map((row, place) => ({ ...row, number: place + 1 })).slice(afterNumber, afterNumber + limit);
        },
      })),
    }),
  },
  {
    fault: 'numbers its log anew after a compaction',
    caughtBy: 'numbers go on after a compaction',
    breakStore: (store) => ({
      ...store,
      events: replace(store.events, ({ read }) => ({
        read: async (...asked) => (await read(...asked)).map((row, place) => ({ ...row, number: place + 1 })),
      })),
    }),
  },
  {
    fault: 'searches beyond the scope',
    caughtBy: 'a scope bounds to a session, a user or an agent',
    breakStore: (store) => ({
      ...store,
      search: replace(store.search, ({ find }) => ({
        find: (tenant, query, signal) => find(tenant, { ...query, scope: {} }, signal),
      })),
    }),
  },
  {
    fault: 'serves on after close',
    caughtBy: 'every call after close is STORE_UNAVAILABLE',
    breakStore: (store) => ({ ...store, close: async () => {} }),
  },
];

function withSessions(store: Store, change: (original: Store['sessions']) => Partial<Store['sessions']>): Store {
  return { ...store, sessions: replace(store.sessions, change) };
}

function withLoads(store: Store, change: (basis: Basis) => Basis): Store {
  return withSessions(store, ({ load }) => ({ load: async (...query) => change(await load(...query)) }));
}

function commitAnyway({ load, commit }: Store['sessions']): Partial<Store['sessions']> {
  return {
    commit: async (basis, ...rest) => {
      while ((await commit(await load(basis.tenant, basis.sessionId, {}), ...rest)) === 'conflict');
      return 'committed';
    },
  };
}
