import type { EventKind, SessionEvent } from '../model/event.ts';

/** WatchExpiryInput asks for the events of a tenant; no entries and empty text filter nothing. */
export interface WatchExpiryInput {
  kinds: EventKind[];
  sessionIds: string[];
  userId: string;
  agentId: string;
  start: WatchStart;
  /** Null = 30 s. */
  progressIntervalMs: number | null;
}

/** WatchStart says where a watch begins; `startAt` in ms. */
export type WatchStart =
  | { kind: 'now' }
  | { kind: 'earliest' }
  | { kind: 'time'; startAt: number }
  | { kind: 'token'; resumeToken: string };

/** LoggedEvent is an event with its place in the log: `sequence` strictly rises within a tenant. */
export type LoggedEvent = SessionEvent & { sequence: number };

/** WatchExpiryStep is one step of the event log; a stream from its token begins right after it. */
export interface WatchExpiryStep {
  resumeToken: string;
  event: { kind: 'opened' } | { kind: 'events'; events: LoggedEvent[] } | { kind: 'progress'; closing: boolean };
}
