import { withAgentReport } from '../model/agent-report.ts';
import type { ActivityReport, CallConditions, RequestIdentity } from '../model/call.ts';
import { checkAgentId, checkSessionId } from '../model/checks/check-id.ts';
import { ERROR_LENGTH_MAX } from '../model/checks/check-new-session.ts';
import { checkSpan } from '../model/checks/check-terms.ts';
import { checkName, checkPresent, checkText, checkUnicode } from '../model/checks/check-text.ts';
import { invalidField } from '../model/checks/refusals.ts';
import { toolCallKey } from '../model/tool-call-key.ts';
import type { Caller } from './caller.ts';
import { conditionsOf } from './engine/call-conditions.ts';
import type { Engine } from './engine/engine.ts';
import { storeContended } from './engine/queued-call.ts';
import { headOf, type SessionHead } from './session-head.ts';
import { countersOf, type SessionCounters } from './session-view.ts';

/** RecordActivityInput reports what an agent did, in a session, or by its id alone; null and empty text say nothing. */
export interface RecordActivityInput {
  sessionId: string;
  requestId: string;
  agentId: string;
  toolCall: { callId: string; name: string; durationMs: number | null; success: boolean } | null;
  error: { message: string } | null;
  responseTimeMs: number | null;
  agentStatus: string;
}

/** RecordActivityAnswer holds the session after the call; both are null without a session. */
export interface RecordActivityAnswer {
  head: SessionHead | null;
  counters: SessionCounters | null;
}

/** Counts what an agent did: statistics only. An access of the session, if one is given. */
export async function recordActivity(
  engine: Engine,
  caller: Caller,
  input: RecordActivityInput,
): Promise<RecordActivityAnswer> {
  const activity = reportFrom(input);
  const conditions = conditionsOf(engine, 'RecordActivity', input);
  if (input.sessionId === '') {
    await recordForAgent(engine, caller, { agentId: input.agentId, activity, conditions });
    return { head: null, counters: null };
  }
  const { sessionId } = input;
  const settled = await engine.submit({
    ...caller,
    sessionId,
    call: { kind: 'recordActivity', ...conditions, activity },
  });
  return { head: headOf(settled, engine.time()), counters: countersOf(settled.header) };
}

function reportFrom(input: RecordActivityInput): ActivityReport {
  checkInput(input);
  const report: ActivityReport = {};
  if (input.toolCall !== null) report.toolCall = { ...input.toolCall, callId: toolCallKey(input.toolCall.callId) };
  if (input.error !== null) report.error = input.error;
  if (input.responseTimeMs !== null) report.responseTimeMs = input.responseTimeMs;
  if (input.agentStatus !== '') report.agentStatus = input.agentStatus;
  if (Object.keys(report).length === 0)
    throw invalidField('tool_call', 'is missing', 'report a tool_call, an error, a response_time or an agent_status');
  return report;
}

const STATUS_LENGTH_MAX = 256;

function checkInput({ sessionId, agentId, toolCall, error, responseTimeMs, agentStatus }: RecordActivityInput): void {
  checkAgentId('agent_id', agentId);
  if (sessionId !== '' || agentId === '') checkSessionId('session_id', sessionId);
  if (toolCall !== null) {
    checkUnicode('tool_call.call_id', toolCall.callId);
    checkPresent('tool_call.name', toolCall.name);
    checkName('tool_call.name', toolCall.name);
    checkSpan('tool_call.duration', toolCall.durationMs ?? undefined);
  }
  if (error !== null) {
    checkPresent('error.message', error.message);
    checkText('error.message', error.message, ERROR_LENGTH_MAX);
  }
  checkSpan('response_time', responseTimeMs ?? undefined);
  checkText('agent_status', agentStatus, STATUS_LENGTH_MAX);
}

const ATTEMPTS_MAX = 20;

async function recordForAgent(
  engine: Engine,
  { tenant, signal }: Caller,
  report: { agentId: string; activity: ActivityReport; conditions: CallConditions },
): Promise<void> {
  const { agents } = engine.store;
  const { agentId, activity } = report;
  const request = report.conditions.request as RequestIdentity;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const known = await agents.load(tenant, agentId, signal);
    const after = withAgentReport(known, { tenant, agentId, activity, request, at: engine.time().now });
    if (after === null || (await agents.commit(after, known?.rev ?? 0, signal))) return;
  }
  throw storeContended();
}
