import type { SessionError } from '../../model/session-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { untilAborted } from '../until-aborted.ts';
import type { StoreAvailability } from './store-availability.ts';
import { faultOfWait } from './store-silence.ts';
import { outcomeUnknown, storeSilent } from './store-unavailable.ts';

/** Guard is what watches over the calls to a store. */
export interface Guard {
  availability: StoreAvailability;
  clock: Pick<Clock, 'monotonicMs'>;
}

/** What calls use; presence and check are how it is learnt that the store is back. */
const NOUNS: ReadonlySet<PropertyKey> = new Set(['sessions', 'messages', 'events', 'search', 'statistics', 'agents']);

/**
 * Returns the store with calls that fail at once while it is known to be away, that tell when it is, and that wait for it
 * no longer than their callers do.
 */
export function guardStore(store: Store, guard: Guard): Store {
  const nouns = new Map<PropertyKey, object>();
  return new Proxy(store, {
    get(target, name) {
      const known = nouns.get(name);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, name, target);
      if (NOUNS.has(name)) {
        const noun = guardNoun(value as object, guard);
        nouns.set(name, noun);
        return noun;
      }
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

type Method = (...args: unknown[]) => Promise<unknown>;

function guardNoun<Noun extends object>(noun: Noun, guard: Guard): Noun {
  const methods = new Map<PropertyKey, Method>();
  return new Proxy(noun, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name === 'onAppend') return value.bind(target);
      const refusal = name === 'commit' ? outcomeUnknown : storeSilent;
      const method = methods.get(name) ?? guardMethod(value.bind(target), guard, refusal);
      methods.set(name, method);
      return method;
    },
  });
}

function guardMethod(method: Method, { availability, clock }: Guard, refusal: () => SessionError): Method {
  return (...args) =>
    availability.follow(() => {
      const signal = signalOf(args.at(-1));
      if (signal === undefined) return method(...args);
      const sentMs = clock.monotonicMs();
      // Not all that a store does for a call can be called off.
      return untilAborted(method(...args), signal).catch((fault) => {
        throw faultOfWait(fault, { waitedMs: clock.monotonicMs() - sentMs, refusal });
      });
    });
}

/** Ports take the signal last, or among the options that come last. */
function signalOf(last: unknown): AbortSignal | undefined {
  if (typeof last !== 'object' || last === null) return undefined;
  const signal = 'signal' in last ? last.signal : last;
  return signal instanceof AbortSignal ? signal : undefined;
}
