import type { Activity, ToolActivity, ToolCallRecord } from '../activity.ts';
import { withDuration } from '../stats/histogram.ts';
import { type Draft, partOf, writeHeader } from './draft.ts';

/** ToolReport is what a message or RecordActivity says of a tool call; an empty call id stands for a call of its own. */
export type ToolReport = Omit<ToolCallRecord, 'startedAt'>;

/** How many tools of a session are told apart; calls of further ones count as `(other)`. */
export const TOOL_NAMES_MAX = 256;

/** Counts tool calls by call id, once however often and however reported; likewise each call's failure and duration. */
export function countToolCalls(draft: Draft, reports: readonly ToolReport[]): void {
  if (reports.length === 0) return;
  const tally: Tally = { draft, activity: partOf(draft, 'activity'), known: new Map(), newCount: 0 };
  for (const report of reports) countReport(tally, report);
  draft.asides.toolCalls.push(...tally.known.values());
  draft.asides.activity = tally.activity;
  const { counters } = draft.header;
  writeHeader(draft, { counters: { ...counters, toolCallCount: counters.toolCallCount + tally.newCount } });
}

interface Tally {
  draft: Draft;
  activity: Activity;
  /** The calls of these reports, by call id. */
  known: Map<string, ToolCallRecord>;
  newCount: number;
}

function countReport(tally: Tally, report: ToolReport): void {
  const { callId } = report;
  const record = knownCall(tally, callId);
  const name = record?.name ?? countedName(tally.activity, report.name);
  const isNewFailure = report.isFailed && record?.isFailed !== true;
  const newDurationMs = (record?.durationMs ?? null) === null ? report.durationMs : null;
  const { tools } = tally.activity;
  const tool = (Object.hasOwn(tools, name) ? tools[name] : undefined) ?? UNUSED_TOOL;
  const reported = withReport(tool, record === undefined, isNewFailure, newDurationMs);
  tally.activity = { ...tally.activity, tools: { ...tools, [name]: reported } };
  if (record === undefined) tally.newCount += 1;
  if (callId === '') return;
  const isFailed = report.isFailed || record?.isFailed === true;
  const durationMs = record?.durationMs ?? report.durationMs;
  tally.known.set(callId, { callId, name, isFailed, durationMs, startedAt: tally.draft.header.createdAt });
}

/** A session that was started over counts anew what was called before. */
function knownCall({ draft, known }: Tally, callId: string): ToolCallRecord | undefined {
  const record = callId === '' ? undefined : (known.get(callId) ?? draft.basis.toolCalls.get(callId));
  return record?.startedAt === draft.header.createdAt ? record : undefined;
}

const UNUSED_TOOL: ToolActivity = { calls: 0, failures: 0, durations: {}, totalDurationMs: 0 };

function withReport(
  tool: ToolActivity,
  isNew: boolean,
  isNewFailure: boolean,
  durationMs: number | null,
): ToolActivity {
  return {
    calls: tool.calls + (isNew ? 1 : 0),
    failures: tool.failures + (isNewFailure ? 1 : 0),
    durations: durationMs === null ? tool.durations : withDuration(tool.durations, durationMs),
    totalDurationMs: tool.totalDurationMs + (durationMs ?? 0),
  };
}

function countedName({ tools }: Activity, name: string): string {
  const isKnown = Object.hasOwn(tools, name);
  return isKnown || Object.keys(tools).length < TOOL_NAMES_MAX ? name : '(other)';
}
