import type { MongoContext } from '../../../src/adapters/mongodb/context.ts';
import type { Documents } from '../../../src/adapters/mongodb/database/database.ts';
import type { Collections } from '../../../src/adapters/mongodb/database/documents.ts';

type Method = keyof Documents<{ _id: string }>;

/** Call is a method of a collection as it was: `target` is the collection, for what is to be done in its place. */
// biome-ignore lint/suspicious/noExplicitAny: parameters and answers are those of any method.
export type Call = (perform: (...parameters: any[]) => Promise<any>, ...parameters: any[]) => unknown;

/** Returns a context in which one method of one collection is done otherwise: later, with other parameters, or not at all. */
export function tampered(context: MongoContext, name: keyof Collections, method: Method, call: Call): MongoContext {
  const original = context.collections[name];
  const documents = new Proxy(original, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      if (key !== method) return member.bind(target);
      return (...parameters: unknown[]) => call(member.bind(target), ...parameters);
    },
  });
  return { ...context, collections: { ...context.collections, [name]: documents } };
}

/** Returns a context that lets something happen before the first call of a method: whoever calls it was paused there. */
export function pausedBefore(
  context: MongoContext,
  name: keyof Collections,
  method: Method,
  meanwhile: () => Promise<unknown>,
): MongoContext {
  let isPaused = false;
  return tampered(context, name, method, async (perform, ...parameters) => {
    if (!isPaused) {
      isPaused = true;
      await meanwhile();
    }
    return perform(...parameters);
  });
}
