import type { BasisNeeds } from '../basis.ts';
import type { Call, JsonPatch } from '../call.ts';
import { isPatchEmpty } from './json-patch.ts';

/** Names what a call must see beside the header. */
export function needsOf(call: Call): BasisNeeds {
  const needs: BasisNeeds = { ...needsOfKind(call) };
  if (call.request !== undefined) needs.requestIds = [call.request.digest];
  return needs;
}

function needsOfKind(call: Call): BasisNeeds {
  switch (call.kind) {
    case 'start':
      return { claims: call.claims };
    case 'resume':
      return { details: true, state: says(call.state), claims: call.claims ?? [] };
    case 'update':
      return { details: true, state: says(call.update.state), claims: call.claims ?? [] };
    case 'end':
      return { details: true };
    case 'rewind':
    case 'addSummary':
      return { summaries: true };
    case 'append':
      return needsOfAppend(call);
    case 'recordActivity':
      return { activity: true, toolCallIds: idsOf([call.activity.toolCall]) };
    default:
      return {};
  }
}

function needsOfAppend(call: Extract<Call, { kind: 'append' }>): BasisNeeds {
  const tools = call.messages.flatMap(({ toolCalls, toolResults }) => [...toolCalls, ...toolResults]);
  return {
    state: says(call.state),
    summaries: call.cut !== null || call.summaries !== undefined,
    activity: tools.length > 0,
    toolCallIds: idsOf(tools),
    claims: call.startIfMissing?.claims ?? [],
  };
}

function says(patch: JsonPatch): boolean {
  return !isPatchEmpty(patch);
}

function idsOf(calls: readonly ({ callId: string } | undefined)[]): string[] {
  const ids = calls.map((call) => call?.callId ?? '').filter((callId) => callId !== '');
  return [...new Set(ids)];
}
