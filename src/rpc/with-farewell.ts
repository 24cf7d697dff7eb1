import { SessionError } from '../model/session-error.ts';

/** Farewell says how the steps of a stream are told, and what is told last: null where the last step said it already. */
export interface Farewell<Step, Told> {
  tell(step: Step): Told;
  closing(last: Told): Told | null;
}

/**
 * Tells the steps of a stream and, where the signal aborts since it is to be opened elsewhere (DRAINING), ends with
 * `closing`, made from what was told last.
 */
export async function* withFarewell<Step, Told>(
  steps: AsyncIterable<Step>,
  signal: AbortSignal,
  { tell, closing }: Farewell<Step, Told>,
): AsyncGenerator<Told> {
  let last: Told | undefined;
  try {
    for await (const step of steps) {
      last = tell(step);
      yield last;
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
