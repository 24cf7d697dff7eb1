import type { EndReason } from './session.ts';

/** EventKind is what happened to a session: warnings, lapses and ends. */
export type EventKind = 'EXPIRING' | 'DORMANT' | 'EXPIRED' | 'ENDED' | 'DELETED';

/** SessionEvent is one entry of the event log; `eventId` is a hash of uid, generation, kind and deadline. */
export interface SessionEvent {
  eventId: string;
  kind: EventKind;
  sessionId: string;
  generation: number;
  deadlineAt: number;
  recordedAt: number;
  lastAccessAt: number;
  userId: string;
  agentId: string;
  reason: EndReason;
}

/** EventRow holds all events (1 to 4) of one commit under the tenant's next number: 1, 2, 3 … without holes. */
export interface EventRow {
  number: number;
  recordedAt: number;
  events: SessionEvent[];
}

/** Returns the public sequence of the event at `place` in row `number`: strictly rising within a tenant. */
export function eventSequence(number: number, place: number): number {
  return number * 8 + place;
}
