import { structBytes } from '../model/struct-bytes.ts';
import type { SessionView } from './session-view.ts';

/** Estimates from above what a session takes in an answer, in bytes. */
export function sessionViewBytes(session: SessionView): number {
  const { state, metadata, labels, ...rest } = session;
  return (
    structBytes(state) +
    structBytes(metadata) +
    structBytes(labels) +
    structBytes({ ...rest, counters: { ...rest.counters } })
  );
}
