/** Answers as the promise does, or throws the signal's reason once it has aborted `graceMs` ago. */
export function untilAborted<Result>(promise: Promise<Result>, signal: AbortSignal, graceMs = 0): Promise<Result> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    const abort = () => (graceMs === 0 ? giveUp() : setTimeout(giveUp, graceMs));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Yields what an iterable yields, and throws the signal's reason as soon as it aborts, even while it waits. */
export async function* stepsUntilAborted<Step>(steps: AsyncIterable<Step>, signal: AbortSignal): AsyncGenerator<Step> {
  const iterator = steps[Symbol.asyncIterator]();
  for (;;) {
    const step = await untilAborted(iterator.next(), signal);
    if (step.done) return;
    yield step.value;
  }
}
