import { statusAt } from '../model/decide/status-at.ts';
import type { SessionHeader, SessionStatus } from '../model/session.ts';
import { effectiveDeadline, type StoreTime } from '../model/store-time.ts';

/** SessionHead is what every answer about one session begins with; instants and spans in ms, null = not set. */
export interface SessionHead {
  sessionId: string;
  status: SessionStatus;
  version: number;
  lastSequence: number;
  generation: number;
  runId: string;
  /** Set while ACTIVE. */
  dormantAt: number | null;
  expireAt: number | null;
  /** From the answer to dormantAt and expireAt; never negative. */
  dormantInMs: number | null;
  expiresInMs: number | null;
  created: boolean;
  resumed: boolean;
}

/** HeadFacts is what a call knows of a session: its header, and what the call did. */
export interface HeadFacts {
  header: SessionHeader;
  /** What the call made or saw, on a repetition older than the header's; absent = the header's. */
  version?: number;
  created?: boolean;
  resumed?: boolean;
}

/** Builds the head of an answer; what an outage has put off counts from when it does. */
export function headOf({ header, version, created, resumed }: HeadFacts, time: StoreTime): SessionHead {
  const { status, dormantAt, expireAt } = shownDeadlines(header, time);
  return {
    sessionId: header.sessionId,
    status,
    version: version ?? header.version,
    lastSequence: header.lastSequence,
    generation: header.generation,
    runId: header.runId,
    dormantAt,
    expireAt,
    dormantInMs: remainingMs(dormantAt, time),
    expiresInMs: remainingMs(expireAt, time),
    created: created ?? false,
    resumed: resumed ?? false,
  };
}

/** Returns a session's status and its deadlines as people are told them: dormantAt while ACTIVE, expireAt until ENDED. */
export function shownDeadlines(
  header: SessionHeader,
  time: StoreTime,
): { status: SessionStatus; dormantAt: number | null; expireAt: number | null } {
  const status = statusAt(header, time);
  const { dormantAt, expireAt } = header.deadlines;
  return {
    status,
    dormantAt: status === 'ACTIVE' ? effectiveDeadline(dormantAt, time.outages) : null,
    expireAt: status === 'ENDED' || expireAt === null ? null : effectiveDeadline(expireAt, time.outages),
  };
}

function remainingMs(deadlineAt: number | null, { now }: StoreTime): number | null {
  return deadlineAt === null ? null : Math.max(0, deadlineAt - now);
}
