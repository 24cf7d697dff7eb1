import { untilAborted } from '../operations/until-aborted.ts';

/** Yields what an iterable yields, and throws the signal's reason as soon as it aborts, even while it waits. */
export async function* stepsUntilAborted<Step>(steps: AsyncIterable<Step>, signal: AbortSignal): AsyncGenerator<Step> {
  const iterator = steps[Symbol.asyncIterator]();
  for (;;) {
    const step = await untilAborted(iterator.next(), signal);
    if (step.done) return;
    yield step.value;
  }
}
