import type { SessionError } from '../../model/session-error.ts';
import { OutOfTime } from '../out-of-time.ts';

/** A store that is there answers sooner, in ms. */
const ANSWERS_WITHIN_MS = 500;

/** StoreWait is how long a call has waited for the store, in ms, and how it is refused where that was too long. */
export interface StoreWait {
  waitedMs: number;
  refusal(): SessionError;
}

/**
 * Tells what ended a wait for the store: a call whose time ran out is refused by the store's silence where that took 500 ms,
 * or a quarter of its time. Where the time was spent elsewhere, and for whatever else ended the wait, the fault stands.
 */
export function faultOfWait(fault: unknown, { waitedMs, refusal }: StoreWait): unknown {
  if (!(fault instanceof OutOfTime)) return fault;
  return waitedMs >= Math.min(ANSWERS_WITHIN_MS, fault.timeoutMs / 4) ? refusal() : fault;
}
