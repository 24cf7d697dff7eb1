import type { SessionStatus } from '../session.ts';
import type { ResponseTimes } from './response-times.ts';
import type { ToolFigures } from './tool-figures.ts';

/** Only so many channels, failures, agents and tools are listed, the most frequent. */
export const GROUP_ENTRIES_MAX = 100;

/** GroupFigures is what happened in a user's, an agent's or a tenant's sessions. */
export interface GroupFigures {
  sessionCount: number;
  /** Statuses without sessions are left out. */
  statuses: { status: SessionStatus; sessionCount: number }[];
  channels: { channel: string; sessionCount: number }[];
  /** COMPLETED ones among the sessions with an outcome, 0 to 1; 0 without any. */
  successRate: number;
  /** FAILED sessions by error message. */
  failures: { reason: string; sessionCount: number }[];
  /** Of the scores given; 0 = none. */
  averageQuality: number;
  qualityCount: number;
  responseTimes: ResponseTimes;
  messageCount: number;
  inputTokens: number;
  outputTokens: number;
  /** Messages of a session. */
  averageMessages: number;
  averageDurationMs: number;
  activeAgents: AgentFigures[];
  tools: ToolFigures[];
  errorCount: number;
  lastError: { message: string; at: number } | null;
}

/** AgentFigures is what an agent is doing. */
export interface AgentFigures {
  agentId: string;
  activeSessions: number;
  agentStatus: string;
  /** null = it never reported. */
  agentStatusAt: number | null;
}
