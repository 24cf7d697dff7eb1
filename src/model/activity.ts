/** Histogram counts durations in fixed logarithmic buckets (±5 %): bucket index → count. model/stats/histogram computes. */
export type Histogram = Record<number, number>;

/** ToolActivity is what one tool did in a session. */
export interface ToolActivity {
  calls: number;
  failures: number;
  durations: Histogram;
  totalDurationMs: number;
}

/** Activity is what RecordActivity and appended tool calls report: statistics only, never a new version. */
export interface Activity {
  tools: Record<string, ToolActivity>;
  errorCount: number;
  lastError: { message: string; at: number } | null;
  responseTimes: Histogram;
  totalResponseMs: number;
  agentStatus: string;
  agentStatusAt: number | null;
}

/** ToolCallRecord remembers a call id so that a tool call counts once, however often and however it is reported. */
export interface ToolCallRecord {
  callId: string;
  name: string;
  isFailed: boolean;
  durationMs: number | null;
  /** When the session that counts it was started, or started over; absent on an agent's. */
  startedAt?: number;
}

/** AgentActivity is what an agent reported without a session; purged after the retention counted from `updatedAt`. */
export interface AgentActivity {
  tenant: string;
  agentId: string;
  rev: number;
  updatedAt: number;
  activity: Activity;
  /** The newest 256 request id digests with the digest of their content. */
  requestIds: { digest: string; content: string }[];
  toolCalls: ToolCallRecord[];
}

/** Returns what a session that reported nothing has. */
export function emptyActivity(): Activity {
  return {
    tools: {},
    errorCount: 0,
    lastError: null,
    responseTimes: {},
    totalResponseMs: 0,
    agentStatus: '',
    agentStatusAt: null,
  };
}
