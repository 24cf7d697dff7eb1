import type { Activity, ToolCallRecord } from '../../model/activity.ts';
import type { Basis, RecordedCall } from '../../model/basis.ts';
import type { JsonObject } from '../../model/json.ts';
import type { SessionDetails, SessionHeader } from '../../model/session.ts';
import { SessionError } from '../../model/session-error.ts';
import type { Summary } from '../../model/summary.ts';
import type { Store } from '../../ports/store.ts';

/** SessionPlace names a session in any store. */
export interface SessionPlace {
  tenant: string;
  sessionId: string;
}

/** WholeSession is all of a session but its messages; of a tombstone it is the header. */
export interface WholeSession {
  header: SessionHeader;
  details: SessionDetails;
  state: JsonObject;
  summaries: Summary[];
  activity: Activity;
  /** Remembered request ids, by number. */
  recorded: RecordedCall[];
  /** Counted tool calls, by call id. */
  toolCalls: ToolCallRecord[];
  /** True when the store remembers more request ids or tool calls than it told. */
  isMemoryPartial: boolean;
}

/** MemoryIds names request ids and tool calls to look up. */
export interface MemoryIds {
  requestIds: string[];
  toolCallIds: string[];
}

/**
 * Reads a session, with all that the store remembers of it or, with `ids`, with what it remembers of those; null when it
 * is not there.
 */
export async function readWholeSession(
  { sessions }: Store,
  { tenant, sessionId }: SessionPlace,
  ids?: MemoryIds,
): Promise<WholeSession | null> {
  const memory = ids ?? { memory: true };
  const basis = await sessions.load(tenant, sessionId, { ...EVERY_PART, ...memory });
  if (basis.header === null) return null;
  if (basis.header.isTombstone) return { ...NO_PARTS, header: basis.header };
  return { header: basis.header, ...partsOf(basis), isMemoryPartial: ids === undefined && !isAllKnown(basis) };
}

/** Returns the ids of what is remembered of a session. */
export function memoryIdsOf({ recorded, toolCalls }: WholeSession): MemoryIds {
  return {
    requestIds: recorded.map(({ digest }) => digest),
    toolCallIds: toolCalls.map(({ callId }) => callId),
  };
}

const EVERY_PART = { details: true, state: true, summaries: true, activity: true };

const NO_PARTS: Omit<WholeSession, 'header'> = {
  details: { title: '', labels: {}, metadata: {}, errorMessage: '' },
  state: {},
  summaries: [],
  activity: {
    tools: {},
    errorCount: 0,
    lastError: null,
    responseTimes: {},
    totalResponseMs: 0,
    agentStatus: '',
    agentStatusAt: null,
  },
  recorded: [],
  toolCalls: [],
  isMemoryPartial: false,
};

function partsOf({ details, state, summaries, activity, recorded, toolCalls, sessionId }: Basis) {
  if (details === undefined || state === undefined || summaries === undefined || activity === undefined) {
    throw new SessionError(
      'STORE_CORRUPT',
      `parts of the session ${sessionId} are missing: run threadkeep check-store`,
    );
  }
  return {
    details,
    state,
    summaries,
    activity,
    recorded: [...recorded.values()].sort((one, other) => one.number - other.number),
    toolCalls: [...toolCalls.values()].sort((one, other) => (one.callId < other.callId ? -1 : 1)),
  };
}

function isAllKnown({ known }: Basis): boolean {
  return known?.requestIds === true && known.toolCalls;
}
