import type { Store } from '../../ports/store.ts';
import type { StoreAvailability } from './store-availability.ts';

/** What calls use; presence and check are how it is learnt that the store is back. */
const NOUNS: ReadonlySet<PropertyKey> = new Set(['sessions', 'messages', 'events', 'search', 'statistics', 'agents']);

/** Returns the store with calls that fail at once while it is known to be away, and that tell when it is. */
export function guardStore(store: Store, availability: StoreAvailability): Store {
  const nouns = new Map<PropertyKey, object>();
  return new Proxy(store, {
    get(target, name) {
      const known = nouns.get(name);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, name, target);
      if (NOUNS.has(name)) {
        const noun = guardNoun(value as object, availability);
        nouns.set(name, noun);
        return noun;
      }
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

type Method = (...args: unknown[]) => Promise<unknown>;

function guardNoun<Noun extends object>(noun: Noun, availability: StoreAvailability): Noun {
  const methods = new Map<PropertyKey, Method>();
  return new Proxy(noun, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name === 'onAppend') return value.bind(target);
      const method = methods.get(name) ?? guardMethod(value.bind(target), availability);
      methods.set(name, method);
      return method;
    },
  });
}

function guardMethod(method: Method, availability: StoreAvailability): Method {
  return async (...args) => {
    availability.requireThere();
    try {
      return await method(...args);
    } catch (fault) {
      availability.note(fault);
      throw fault;
    }
  };
}
