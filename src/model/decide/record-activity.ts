import type { Activity } from '../activity.ts';
import type { ActivityReport } from '../call.ts';
import { withDuration } from '../stats/histogram.ts';
import { type Draft, partOf, writeHeader } from './draft.ts';
import { enterSession } from './enter.ts';
import { countToolCalls } from './tool-calls.ts';

/** Decides RecordActivity on a session: an access that counts what is reported and never makes a version. */
export function decideRecordActivity(draft: Draft, call: { activity: ActivityReport }): void {
  enterSession(draft);
  const { toolCall, error, responseTimeMs, agentStatus } = call.activity;
  if (toolCall !== undefined) {
    const { callId, name, durationMs, success } = toolCall;
    countToolCalls(draft, [{ callId, name, isFailed: !success, durationMs }]);
  }
  if (error !== undefined) noteError(draft, error.message);
  if (responseTimeMs !== undefined) noteResponse(draft, responseTimeMs);
  if (agentStatus !== undefined) {
    writeActivity(draft, { agentStatus, agentStatusAt: draft.time.now });
  }
}

function noteError(draft: Draft, message: string): void {
  const { errorCount } = partOf(draft, 'activity');
  writeActivity(draft, { errorCount: errorCount + 1, lastError: { message, at: draft.time.now } });
  const { counters } = draft.header;
  writeHeader(draft, { counters: { ...counters, errorCount: counters.errorCount + 1 } });
}

function noteResponse(draft: Draft, responseTimeMs: number): void {
  const { responseTimes, totalResponseMs } = partOf(draft, 'activity');
  writeActivity(draft, {
    responseTimes: withDuration(responseTimes, responseTimeMs),
    totalResponseMs: totalResponseMs + responseTimeMs,
  });
}

function writeActivity(draft: Draft, fields: Partial<Activity>): void {
  draft.asides.activity = { ...partOf(draft, 'activity'), ...fields };
  writeHeader(draft, {});
}
