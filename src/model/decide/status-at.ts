import type { SessionHeader, SessionStatus } from '../session.ts';
import { isPast, type StoreTime } from '../store-time.ts';

/** Tells a session's status at a time, from a header whose committed status may lag behind: what a reader is told. */
export function statusAt(header: SessionHeader, time: StoreTime): SessionStatus {
  if (header.status === 'ENDED' || header.status === 'EXPIRED') return header.status;
  if (isPast(header.deadlines.expireAt, time)) return 'EXPIRED';
  return isPast(header.deadlines.dormantAt, time) ? 'DORMANT' : header.status;
}
