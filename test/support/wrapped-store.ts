import type { EventLog } from '../../src/ports/event-log.ts';
import type { Presence } from '../../src/ports/presence.ts';
import type { SessionStore } from '../../src/ports/session-store.ts';
import type { Store } from '../../src/ports/store.ts';

/** Returns a store whose sessions do some things otherwise; the rest stays as it is. */
export function withSessions(store: Store, change: (sessions: SessionStore) => Partial<SessionStore>): Store {
  return { ...store, sessions: changedNoun(store.sessions, change(store.sessions)) };
}

/** Returns a store whose log of events does some things otherwise; the rest stays as it is. */
export function withEvents(store: Store, change: (events: EventLog) => Partial<EventLog>): Store {
  return { ...store, events: changedNoun(store.events, change(store.events)) };
}

/** Returns a store whose presence does some things otherwise; the rest stays as it is. */
export function withPresence(store: Store, change: (presence: Presence) => Partial<Presence>): Store {
  return { ...store, presence: changedNoun(store.presence, change(store.presence)) };
}

/** Returns a store as several instances share it. */
export function asShared(store: Store): Store {
  return { ...store, isExclusive: false };
}

function changedNoun<Noun extends object>(noun: Noun, changed: Partial<Noun>): Noun {
  return new Proxy(noun, {
    get(target, name) {
      const own: unknown = changed[name as keyof Noun] ?? target[name as keyof Noun];
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}
