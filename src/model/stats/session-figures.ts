import type { Activity } from '../activity.ts';
import type { Role } from '../message.ts';
import type { Counters, SessionHeader, SessionStatus } from '../session.ts';
import type { StoreTime } from '../store-time.ts';
import { lifeSpanOf } from './life-span.ts';
import { type ResponseTimes, responseTimesOf } from './response-times.ts';
import { type ToolFigures, toolFiguresOf } from './tool-figures.ts';

/** SessionFigures is what happened in one session. */
export interface SessionFigures {
  sessionId: string;
  status: SessionStatus;
  counters: Counters & { lastSequence: number };
  /** Roles without messages are left out. */
  roles: RoleFigures[];
  tools: ToolFigures[];
  lastError: Activity['lastError'];
  responseTimes: ResponseTimes;
  /** From the start to the end, or to the last access. */
  durationMs: number;
  /** Since the last access; 0 once it is over. */
  idleMs: number;
}

/** RoleFigures counts the visible messages of a role. */
export interface RoleFigures {
  role: Role;
  messageCount: number;
  tokenCount: number;
}

/** Derives a session's figures from what is stored of it and from its messages, counted by role. */
export function sessionFiguresOf(
  { header, activity }: { header: SessionHeader; activity: Activity },
  roles: readonly RoleFigures[],
  time: StoreTime,
): SessionFigures {
  const { status, durationMs, idleMs } = lifeSpanOf(header, time);
  return {
    sessionId: header.sessionId,
    status,
    counters: { ...header.counters, lastSequence: header.lastSequence },
    roles: ROLES.flatMap((role) => roles.filter((figures) => figures.role === role && figures.messageCount > 0)),
    tools: toolFiguresOf(activity.tools),
    lastError: activity.lastError,
    responseTimes: responseTimesOf(activity.responseTimes, activity.totalResponseMs),
    durationMs,
    idleMs,
  };
}

const ROLES: readonly Role[] = ['SYSTEM', 'DEVELOPER', 'USER', 'ASSISTANT', 'TOOL'];
