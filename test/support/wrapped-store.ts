import type { SessionStore } from '../../src/ports/session-store.ts';
import type { Store } from '../../src/ports/store.ts';

/** Returns a store whose sessions do some things otherwise; the rest stays as it is. */
export function withSessions(store: Store, change: (sessions: SessionStore) => Partial<SessionStore>): Store {
  const { sessions } = store;
  const changed = change(sessions);
  const wrapped = new Proxy(sessions, {
    get(target, name) {
      const own = changed[name as keyof SessionStore] ?? target[name as keyof SessionStore];
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
  return { ...store, sessions: wrapped };
}
