import { emptyActivity, type ToolCallRecord } from '../../model/activity.ts';
import type { Basis, BasisNeeds, Claim } from '../../model/basis.ts';
import type { SessionDetails } from '../../model/session.ts';
import { findHolder } from './claims.ts';
import type { Connection } from './connection.ts';
import { type JsonRow, parseJsonRow } from './json-row.ts';
import { readNewest } from './messages.ts';
import { loadNewestRequestIds, loadOldestRequestIds, loadRequestIds } from './request-ids.ts';
import type { PartTable } from './schema.ts';
import { findSession } from './session-rows.ts';
import { findTenant, type TenantKey } from './tenants.ts';

/** Reads one session's basis in one snapshot. */
export function loadBasis(connection: Connection, tenant: string, sessionId: string, needs: BasisNeeds): Basis {
  const known = findTenant(connection, tenant);
  if (known === null) return emptyBasis(tenant, sessionId);
  return connection.snapshot(() => {
    const stored = findSession(connection, known, sessionId);
    const claims = loadClaims(connection, known, needs.claims);
    const basis = { ...emptyBasis(tenant, sessionId), header: stored?.header ?? null, claims };
    if (stored === null || stored.header.isTombstone) return basis;
    return {
      ...basis,
      ...loadParts(connection, stored.key, needs),
      ...(needs.newest && { newest: readNewest(connection, stored) }),
      oldestRecorded: loadOldestRequestIds(connection, stored.key),
      ...(needs.memory ? loadMemory(connection, stored.key, needs) : lookUpMemory(connection, stored.key, needs)),
    };
  });
}

/** Reads a part of a session; `empty` when nothing was written. */
export function readPart<Part>(connection: Connection, table: PartTable, session: number, empty: Part): Part {
  const row = connection.get<JsonRow>(`SELECT body, crc FROM ${table} WHERE session = ?`, session);
  return row === undefined ? empty : parseJsonRow<Part>(connection.path, table, [session], row);
}

/** Returns the details of a session of which none were written. */
export function emptyDetails(): SessionDetails {
  return { title: '', labels: {}, metadata: {}, errorMessage: '' };
}

function emptyBasis(tenant: string, sessionId: string): Basis {
  return {
    tenant,
    sessionId,
    header: null,
    recorded: new Map(),
    oldestRecorded: [],
    toolCalls: new Map(),
    claims: new Map(),
  };
}

function loadParts(connection: Connection, session: number, needs: BasisNeeds): Partial<Basis> {
  return {
    ...(needs.details && { details: readPart(connection, 'details', session, emptyDetails()) }),
    ...(needs.state && { state: readPart(connection, 'state', session, {}) }),
    ...(needs.summaries && { summaries: readPart(connection, 'summaries', session, []) }),
    ...(needs.activity && { activity: readPart(connection, 'activity', session, emptyActivity()) }),
  };
}

function lookUpMemory(connection: Connection, session: number, { requestIds, toolCallIds }: BasisNeeds) {
  return {
    recorded: loadRequestIds(connection, session, requestIds),
    toolCalls: loadToolCalls(connection, session, toolCallIds),
  };
}

/** How many tool calls an answer has beside the header: a session may count any number of them. */
const TOOL_CALLS_MAX = 128;

/** All remembered, or the newest and those looked up. */
function loadMemory(connection: Connection, session: number, needs: BasisNeeds) {
  const lookedUp = lookUpMemory(connection, session, needs);
  const newest = loadNewestRequestIds(connection, session);
  const sql = `SELECT call_id, body, crc FROM tool_calls WHERE session = ? LIMIT ${TOOL_CALLS_MAX + 1}`;
  const calls = connection
    .all<JsonRow & { call_id: string }>(sql, session)
    .map((row) => parseJsonRow<ToolCallRecord>(connection.path, 'tool_calls', [session, row.call_id], row));
  return {
    recorded: new Map([...newest.recorded, ...lookedUp.recorded]),
    toolCalls: new Map([...calls.map((call) => [call.callId, call] as const), ...lookedUp.toolCalls]),
    known: { requestIds: newest.areAll, toolCalls: calls.length <= TOOL_CALLS_MAX },
  };
}

function loadToolCalls(connection: Connection, session: number, callIds: readonly string[] = []) {
  const toolCalls = new Map<string, ToolCallRecord>();
  for (const callId of callIds) {
    const sql = 'SELECT body, crc FROM tool_calls WHERE session = ? AND call_id = ?';
    const row = connection.get<JsonRow>(sql, session, callId);
    if (row === undefined) continue;
    toolCalls.set(callId, parseJsonRow<ToolCallRecord>(connection.path, 'tool_calls', [session, callId], row));
  }
  return toolCalls;
}

function loadClaims(connection: Connection, tenant: TenantKey, keys: readonly string[] = []): Map<string, Claim> {
  const held = keys.map((key) => findHolder(connection, tenant, key)).filter((claim) => claim !== null);
  return new Map(held.map((claim) => [claim.key, claim]));
}
