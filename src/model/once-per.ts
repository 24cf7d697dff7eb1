/** Returns a function that makes something of an object once, for as long as the object lives; what it makes is shared. */
export function oncePer<Source extends object, Made>(make: (source: Source) => Made): (source: Source) => Made {
  const made = new WeakMap<Source, { of: Made }>();
  return (source) => {
    const known = made.get(source) ?? { of: make(source) };
    made.set(source, known);
    return known.of;
  };
}
