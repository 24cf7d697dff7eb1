import { SessionError } from '../model/session-error.ts';

/**
 * Passes steps on and, where the signal aborts since the stream is to be opened elsewhere (DRAINING), ends with
 * `closing`, made from the last step; null where that said it already.
 */
export async function* withFarewell<Step>(
  steps: AsyncIterable<Step>,
  signal: AbortSignal,
  closing: (last: Step) => Step | null,
): AsyncGenerator<Step> {
  let last: Step | undefined;
  try {
    for await (const step of steps) {
      last = step;
      yield step;
    }
  } catch (error) {
    if (!isToBeOpenedElsewhere(signal)) throw error;
  }
  if (last === undefined || !isToBeOpenedElsewhere(signal)) return;
  const goodbye = closing(last);
  if (goodbye !== null) yield goodbye;
}

function isToBeOpenedElsewhere(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason instanceof SessionError && signal.reason.reason === 'DRAINING';
}
