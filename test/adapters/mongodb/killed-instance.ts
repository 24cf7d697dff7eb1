import type { MongoContext } from '../../../src/adapters/mongodb/context.ts';

/** Death is where an instance dies: before or after its call of this number is done, counted from 1. */
export interface Death {
  call: number;
  when: 'before' | 'after';
}

/** Returns a context whose process dies at a call to the store: that call is never answered, and none follows. */
export function killedInstance(context: MongoContext, { call, when }: Death): MongoContext & { isDead(): boolean } {
  let calls = 0;
  const die = () => Promise.reject(new Error('the process is dead'));
  const through = (perform: () => unknown) => {
    calls += 1;
    if (calls > call || (calls === call && when === 'before')) return die();
    const answer = Promise.resolve(perform());
    return calls === call ? answer.then(die, die) : answer;
  };
  const collections = Object.fromEntries(
    Object.entries(context.collections).map(([name, documents]) => [
      name,
      new Proxy(documents, {
        get: (target, method) => {
          const member: unknown = Reflect.get(target, method);
          if (typeof member !== 'function') return member;
          return (...parameters: unknown[]) => through(() => member.apply(target, parameters));
        },
      }),
    ]),
  );
  return {
    ...context,
    collections: collections as unknown as MongoContext['collections'],
    isDead: () => calls >= call,
  };
}
