import type { Reason } from '../../../src/model/session-error.ts';
import type { PlannedCall } from './planned-call.ts';

/** Moment is a point of a schedule: its step orders it, its ms measure it. */
export interface Moment {
  step: number;
  atMs: number;
}

/** ShownMessage is a message as a reader was shown it. */
export interface ShownMessage {
  sequence: number;
  text: string;
}

/** SeenAnswer is what a caller can tell from an answer. */
export interface SeenAnswer {
  sessionId: string;
  version: number;
  lastSequence: number;
  runId: string;
  status: string;
  /** By the server's clock. */
  dormantAt: number | null;
  expireAt: number | null;
  created: boolean;
  /** Sequences of what the call appended, in its order. */
  appended?: number[];
  removedCount?: number;
  /** What a reader was shown; `all` tells whether that must be everything, else it is the newest. */
  shown?: { messages: ShownMessage[]; all: boolean; atMost: number };
  toolCalls?: number;
}

/** CallOutcome is how a call ended for its caller; `unknown` = it may or may not have been done. */
export type CallOutcome =
  | { kind: 'answer'; answer: SeenAnswer }
  | { kind: 'refusal'; reason: Reason; metadata: Record<string, string> }
  | { kind: 'unknown'; reason: string }
  | { kind: 'fault'; error: unknown };

/** CallRecord is one call as its caller saw it. */
export interface CallRecord {
  number: number;
  call: PlannedCall;
  /** The instance that it was sent to. */
  instance: string;
  sent: Moment;
  /** When this request id was first sent, here or elsewhere. */
  firstSent: Moment;
  ended: Moment | null;
  outcome: CallOutcome | null;
}
