import type { Role } from '../message.ts';
import type { Counters, SessionStatus } from '../session.ts';
import type { ResponseTimes } from './response-times.ts';
import type { ToolFigures } from './tool-figures.ts';

/** SessionFigures is what happened in one session. */
export interface SessionFigures {
  sessionId: string;
  status: SessionStatus;
  counters: Counters & { lastSequence: number };
  /** Roles without messages are left out. */
  roles: RoleFigures[];
  tools: ToolFigures[];
  lastError: { message: string; at: number } | null;
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
