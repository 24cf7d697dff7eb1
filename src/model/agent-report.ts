import {
  type Activity,
  type AgentActivity,
  emptyActivity,
  type ToolActivity,
  type ToolCallRecord,
} from './activity.ts';
import type { ActivityReport, RequestIdentity } from './call.ts';
import { SessionError } from './session-error.ts';
import { withDuration } from './stats/histogram.ts';

/** An agent remembers so many of its newest request ids and tool calls. */
const AGENT_MEMORY_MAX = 256;

/** AgentReport is a report without a session, on its way to what is known of its agent. */
export interface AgentReport {
  tenant: string;
  agentId: string;
  activity: ActivityReport;
  request: RequestIdentity;
  at: number;
}

/**
 * Returns what is known of an agent once it has reported; null when this request id has reported already. Throws
 * REQUEST_ID_REUSED when it reported something else. A session's reports are decided by model/decide.
 */
export function withAgentReport(known: AgentActivity | null, report: AgentReport): AgentActivity | null {
  const before = known ?? unknownAgent(report);
  const first = before.requestIds.find(({ digest }) => digest === report.request.digest);
  if (first !== undefined) {
    if (first.content !== report.request.content) throw requestIdReused();
    return null;
  }
  const { digest, content } = report.request;
  const { activity, toolCalls } = withToolCall(before, report.activity.toolCall);
  return {
    ...before,
    rev: before.rev + 1,
    updatedAt: Math.max(before.updatedAt, report.at),
    activity: withOther(activity, report),
    requestIds: [...before.requestIds, { digest, content }].slice(-AGENT_MEMORY_MAX),
    toolCalls,
  };
}

function unknownAgent({ tenant, agentId }: AgentReport): AgentActivity {
  return { tenant, agentId, rev: 0, updatedAt: 0, activity: emptyActivity(), requestIds: [], toolCalls: [] };
}

function requestIdReused(): SessionError {
  return new SessionError('REQUEST_ID_REUSED', 'request_id was used for another call, give each call its own', {
    field: 'request_id',
  });
}

function withOther(activity: Activity, { activity: report, at }: AgentReport): Activity {
  const { error, responseTimeMs, agentStatus } = report;
  const after = { ...activity };
  if (error !== undefined) Object.assign(after, { errorCount: after.errorCount + 1, lastError: { ...error, at } });
  if (responseTimeMs !== undefined) {
    after.responseTimes = withDuration(after.responseTimes, responseTimeMs);
    after.totalResponseMs += responseTimeMs;
  }
  return agentStatus === undefined ? after : { ...after, agentStatus, agentStatusAt: at };
}

/** A call id counts once, its failure and its duration likewise. */
function withToolCall(
  { activity, toolCalls }: AgentActivity,
  report: ActivityReport['toolCall'],
): Pick<AgentActivity, 'activity' | 'toolCalls'> {
  if (report === undefined) return { activity, toolCalls };
  const earlier = report.callId === '' ? undefined : toolCalls.find(({ callId }) => callId === report.callId);
  const name = earlier?.name ?? report.name;
  const record: ToolCallRecord = {
    callId: report.callId,
    name,
    isFailed: earlier?.isFailed === true || !report.success,
    durationMs: earlier?.durationMs ?? report.durationMs,
  };
  const tool = Object.hasOwn(activity.tools, name) ? activity.tools[name] : undefined;
  const others = toolCalls.filter((call) => call !== earlier);
  return {
    activity: { ...activity, tools: { ...activity.tools, [name]: counted(tool ?? UNUSED_TOOL, record, earlier) } },
    toolCalls: report.callId === '' ? toolCalls : [...others, record].slice(-AGENT_MEMORY_MAX),
  };
}

const UNUSED_TOOL: ToolActivity = { calls: 0, failures: 0, durations: {}, totalDurationMs: 0 };

function counted(tool: ToolActivity, record: ToolCallRecord, earlier: ToolCallRecord | undefined): ToolActivity {
  const durationMs = (earlier?.durationMs ?? null) === null ? record.durationMs : null;
  return {
    calls: tool.calls + (earlier === undefined ? 1 : 0),
    failures: tool.failures + (record.isFailed && earlier?.isFailed !== true ? 1 : 0),
    durations: durationMs === null ? tool.durations : withDuration(tool.durations, durationMs),
    totalDurationMs: tool.totalDurationMs + (durationMs ?? 0),
  };
}
