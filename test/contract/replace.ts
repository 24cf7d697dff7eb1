/** Returns a noun of a store with some methods changed; the change gets the original ones, ready to be called. */
export function replace<Noun extends object>(noun: Noun, change: (original: Noun) => Partial<Noun>): Noun {
  const original = new Proxy<Noun>(noun, { get: boundMember });
  const changed = change(original);
  return new Proxy(noun, {
    get: (target, key) => (key in changed ? changed[key as keyof Noun] : boundMember(target, key)),
  });
}

function boundMember(target: object, key: string | symbol) {
  const member = Reflect.get(target, key);
  return typeof member === 'function' ? member.bind(target) : member;
}
