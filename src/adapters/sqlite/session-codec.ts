import type {
  Counters,
  Deadlines,
  EndReason,
  Outcome,
  SequenceRange,
  SessionHeader,
  SessionStatus,
  Terms,
} from '../../model/session.ts';
import { checksum } from './checksum.ts';
import { corruptRow } from './errors.ts';

/** SessionColumns are the columns of a sessions row that come from its header; what no query needs is in `header`. */
export interface SessionColumns {
  session_id: string;
  uid: string;
  rev: number;
  status: number;
  user_id: string;
  agent_id: string;
  channel: string;
  conversation_key: string;
  created_at: number;
  last_access_at: number;
  due_at: number | null;
  /** JSON of dormantAt, expireAt, maxExpireAt, warnAt: in a column of its own because commits compare it. */
  deadlines: string;
  header: string;
}

/** SessionRow is a row of sessions as read. */
export interface SessionRow extends SessionColumns {
  key: number;
  floor: number;
  crc: number;
}

/** The columns of SessionRow, for SELECT. */
export const SESSION_COLUMNS = `sessions.key, sessions.session_id, sessions.uid, sessions.rev, sessions.status,
  sessions.user_id, sessions.agent_id, sessions.channel, sessions.conversation_key, sessions.created_at,
  sessions.last_access_at, sessions.due_at, sessions.deadlines, sessions.floor, sessions.header, sessions.crc`;

/** The statuses by the number that stands for each in a row, beginning with 1. */
const STATUSES: readonly SessionStatus[] = ['ACTIVE', 'DORMANT', 'EXPIRED', 'ENDED'];

type DeadlinesTuple = [dormantAt: number, expireAt: number | null, maxExpireAt: number | null, warnAt: number | null];

/** What of a header is in no column, in this order: names would make the row three times as long. */
type HeaderTuple = [
  generation: number,
  runId: string,
  version: number,
  lastSequence: number,
  lastTurnId: string,
  outcome: Outcome | null,
  endReason: EndReason | null,
  qualityScore: number,
  model: string,
  tokenLimit: number,
  terms: [number, number, number, boolean, number, number],
  endedAt: number | null,
  purgeAt: number | null,
  counters: [number, number, number, number, number, number, number],
  messagesByRole: [number, number, number, number, number],
  hidden: SequenceRange[],
  discard: [number, number] | null,
  requestIds: [number, number],
  claims: string[],
  warned: number[],
];

function statusNumber(status: SessionStatus): number {
  return STATUSES.indexOf(status) + 1;
}

/** Returns the minute of an access: what the order by access is indexed by, so that most accesses move no index entry. */
export function accessMinute(lastAccessAt: number): number {
  return Math.floor(lastAccessAt / 60_000);
}

/** Turns a header into the columns of its row. */
export function encodeSession(header: SessionHeader): SessionColumns {
  return {
    session_id: header.sessionId,
    uid: header.uid,
    rev: header.rev,
    status: header.isTombstone ? -statusNumber(header.status) : statusNumber(header.status),
    user_id: header.userId,
    agent_id: header.agentId,
    channel: header.channel,
    conversation_key: header.conversationKey,
    created_at: header.createdAt,
    last_access_at: header.lastAccessAt,
    due_at: header.dueAt,
    deadlines: encodeDeadlines(header.deadlines),
    header: encodeHeader(header),
  };
}

/** Turns deadlines into the text of their column: equal deadlines are equal texts. */
export function encodeDeadlines({ dormantAt, expireAt, maxExpireAt, warnAt }: Deadlines): string {
  const tuple: DeadlinesTuple = [dormantAt, expireAt, maxExpireAt, warnAt];
  return JSON.stringify(tuple);
}

/** Returns the checksum of a sessions row. */
export function sessionChecksum(tenantKey: number, key: number, floor: number, columns: SessionColumns): number {
  return checksum([
    tenantKey,
    key,
    floor,
    columns.session_id,
    columns.uid,
    columns.rev,
    columns.status,
    columns.user_id,
    columns.agent_id,
    columns.channel,
    columns.conversation_key,
    columns.created_at,
    columns.last_access_at,
    columns.due_at,
    columns.deadlines,
    columns.header,
  ]);
}

/** Turns a row back into its header; throws STORE_CORRUPT when the checksum is another. */
export function decodeSession(path: string, tenant: { name: string; key: number }, row: SessionRow): SessionHeader {
  if (sessionChecksum(tenant.key, row.key, row.floor, row) !== row.crc) {
    throw corruptRow(path, 'sessions', String(row.key));
  }
  return {
    tenant: tenant.name,
    sessionId: row.session_id,
    uid: row.uid,
    isTombstone: row.status < 0,
    userId: row.user_id,
    agentId: row.agent_id,
    channel: row.channel,
    conversationKey: row.conversation_key,
    status: STATUSES[Math.abs(row.status) - 1]!,
    rev: row.rev,
    createdAt: row.created_at,
    lastAccessAt: row.last_access_at,
    dueAt: row.due_at,
    deadlines: decodeDeadlines(row.deadlines),
    ...decodeHeader(row.header),
  };
}

type HeaderRest = Omit<
  SessionHeader,
  | 'tenant'
  | 'sessionId'
  | 'uid'
  | 'isTombstone'
  | 'userId'
  | 'agentId'
  | 'channel'
  | 'conversationKey'
  | 'status'
  | 'rev'
  | 'createdAt'
  | 'lastAccessAt'
  | 'dueAt'
  | 'deadlines'
>;

function encodeHeader(header: HeaderRest): string {
  const { terms, counters, discard, requestIds } = header;
  const byRole = counters.messagesByRole;
  const tuple: HeaderTuple = [
    header.generation,
    header.runId,
    header.version,
    header.lastSequence,
    header.lastTurnId,
    header.outcome,
    header.endReason,
    header.qualityScore,
    header.model,
    header.tokenLimit,
    [terms.dormantAfterMs, terms.ttlMs, terms.maxTtlMs, terms.neverExpires, terms.expiringLeadMs, terms.revision],
    header.endedAt,
    header.purgeAt,
    [
      counters.messageCount,
      counters.turnCount,
      counters.inputTokens,
      counters.outputTokens,
      counters.toolCallCount,
      counters.errorCount,
      counters.summaryCount,
    ],
    [byRole.SYSTEM, byRole.DEVELOPER, byRole.USER, byRole.ASSISTANT, byRole.TOOL],
    header.hidden,
    discard === null ? null : [discard.through, discard.at],
    [requestIds.first, requestIds.next],
    header.claims,
    header.warned,
  ];
  return JSON.stringify(tuple);
}

function decodeHeader(text: string): HeaderRest {
  const [
    generation,
    runId,
    version,
    lastSequence,
    lastTurnId,
    outcome,
    endReason,
    qualityScore,
    model,
    tokenLimit,
    terms,
    endedAt,
    purgeAt,
    counters,
    messagesByRole,
    hidden,
    discard,
    [first, next],
    claims,
    warned,
  ] = JSON.parse(text) as HeaderTuple;
  return {
    generation,
    runId,
    version,
    lastSequence,
    lastTurnId,
    outcome,
    endReason,
    qualityScore,
    model,
    tokenLimit,
    terms: decodeTerms(terms),
    endedAt,
    purgeAt,
    counters: decodeCounters(counters, messagesByRole),
    hidden,
    discard: discard === null ? null : { through: discard[0], at: discard[1] },
    requestIds: { first, next },
    claims,
    warned,
  };
}

function decodeTerms(terms: HeaderTuple[10]): Terms {
  const [dormantAfterMs, ttlMs, maxTtlMs, neverExpires, expiringLeadMs, revision] = terms;
  return { dormantAfterMs, ttlMs, maxTtlMs, neverExpires, expiringLeadMs, revision };
}

/** Reads deadlines back from the text of their column. */
export function decodeDeadlines(text: string): Deadlines {
  const [dormantAt, expireAt, maxExpireAt, warnAt] = JSON.parse(text) as DeadlinesTuple;
  return { dormantAt, expireAt, maxExpireAt, warnAt };
}

function decodeCounters(counts: HeaderTuple[13], byRole: HeaderTuple[14]): Counters {
  const [messageCount, turnCount, inputTokens, outputTokens, toolCallCount, errorCount, summaryCount] = counts;
  const [SYSTEM, DEVELOPER, USER, ASSISTANT, TOOL] = byRole;
  return {
    messageCount,
    turnCount,
    inputTokens,
    outputTokens,
    toolCallCount,
    errorCount,
    summaryCount,
    messagesByRole: { SYSTEM, DEVELOPER, USER, ASSISTANT, TOOL },
  };
}
