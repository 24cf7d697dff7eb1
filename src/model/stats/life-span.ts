import { statusAt } from '../decide/status-at.ts';
import type { SessionHeader, SessionStatus } from '../session.ts';
import type { StoreTime } from '../store-time.ts';

/** LifeSpan is how long a session has lived, as the clock has it: what no commit has marked yet counts. */
export interface LifeSpan {
  status: SessionStatus;
  /** When it ended or expired; null while it lives. */
  overAt: number | null;
  /** From its start to its end, or to its last access. */
  durationMs: number;
  /** Since its last access; 0 once it is over. */
  idleMs: number;
}

/** Measures a session's life at an instant. */
export function lifeSpanOf(header: SessionHeader, time: StoreTime): LifeSpan {
  const status = statusAt(header, time);
  const overAt = header.endedAt ?? (status === 'EXPIRED' ? header.deadlines.expireAt : null);
  return {
    status,
    overAt,
    durationMs: (overAt ?? header.lastAccessAt) - header.createdAt,
    idleMs: overAt === null ? Math.max(0, time.now - header.lastAccessAt) : 0,
  };
}
