/** TimedOut says that something took longer than it might. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';

  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
  }
}

/** Waits for a promise so many ms; throws TimedOut after that, and whatever the promise comes to then is dropped. */
export async function within<Value>(promise: Promise<Value>, ms: number): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  // An answer that came while the process was busy elsewhere is read before its time counts as over.
  const timer = setTimeout(() => setImmediate(() => reject(new TimedOut(ms))), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => {});
    late.catch(() => {});
  }
}
