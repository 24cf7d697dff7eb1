import type { SequenceRange, SessionHeader } from '../../../model/session.ts';
import type { HeadFields, SessionDocument } from '../database/documents.ts';

/** The fields of a document that come from its header. */
export const HEADER_FIELDS = [
  'uid',
  't',
  'sid',
  'tomb',
  'user',
  'agent',
  'channel',
  'ckey',
  'status',
  'gen',
  'rev',
  'version',
  'seq',
  'createdAt',
  'lastAt',
  'dormantAt',
  'expireAt',
  'warnAt',
  'dueAt',
  'head',
] as const satisfies (keyof SessionDocument)[];

/** HeaderFields is a header as its document has it; what is null, empty or 0 is absent. */
export type HeaderFields = Pick<SessionDocument, (typeof HEADER_FIELDS)[number]>;

/** Returns the `_id` of a session's document: a tenant has no `/` in it. */
export function documentIdOf(tenant: string, sessionId: string): string {
  return `${tenant}/${sessionId}`;
}

/** Turns a header into the fields of its document. */
export function encodeHeader(header: SessionHeader): HeaderFields {
  const { deadlines } = header;
  return dropEmpty({
    uid: header.uid,
    t: header.tenant,
    sid: header.sessionId,
    tomb: header.isTombstone || undefined,
    user: header.userId || undefined,
    agent: header.agentId || undefined,
    channel: header.channel || undefined,
    ckey: header.conversationKey || undefined,
    status: header.status,
    gen: header.generation,
    rev: header.rev,
    version: header.version,
    seq: header.lastSequence,
    createdAt: header.createdAt,
    lastAt: header.lastAccessAt,
    dormantAt: deadlines.dormantAt,
    expireAt: deadlines.expireAt ?? undefined,
    warnAt: deadlines.warnAt ?? undefined,
    dueAt: header.dueAt ?? undefined,
    head: encodeHead(header),
  }) as HeaderFields;
}

/** Turns the fields of a document back into its header. */
export function decodeHeader(fields: HeaderFields): SessionHeader {
  const { head } = fields;
  return {
    tenant: fields.t,
    sessionId: fields.sid,
    uid: fields.uid,
    isTombstone: fields.tomb ?? false,
    userId: fields.user ?? '',
    agentId: fields.agent ?? '',
    channel: fields.channel ?? '',
    conversationKey: fields.ckey ?? '',
    status: fields.status,
    outcome: head.outcome ?? null,
    endReason: head.endReason ?? null,
    qualityScore: head.quality ?? 0,
    generation: fields.gen,
    runId: head.run,
    rev: fields.rev,
    version: fields.version,
    lastSequence: fields.seq,
    lastTurnId: head.turn ?? '',
    model: head.model ?? '',
    tokenLimit: head.tokenLimit ?? 0,
    terms: head.terms,
    deadlines: {
      dormantAt: fields.dormantAt,
      expireAt: fields.expireAt ?? null,
      maxExpireAt: head.maxExpireAt ?? null,
      warnAt: fields.warnAt ?? null,
    },
    warned: head.warned ?? [],
    createdAt: fields.createdAt,
    lastAccessAt: fields.lastAt,
    endedAt: head.endedAt ?? null,
    purgeAt: head.purgeAt ?? null,
    dueAt: fields.dueAt ?? null,
    counters: head.counters,
    hidden: pairsOf(head.hidden ?? []),
    discard: head.discard ?? null,
    requestIds: head.requestIds,
    claims: head.claims ?? [],
  };
}

function encodeHead(header: SessionHeader): HeadFields {
  return dropEmpty({
    outcome: header.outcome ?? undefined,
    endReason: header.endReason ?? undefined,
    quality: header.qualityScore || undefined,
    run: header.runId,
    turn: header.lastTurnId || undefined,
    model: header.model || undefined,
    tokenLimit: header.tokenLimit || undefined,
    terms: header.terms,
    maxExpireAt: header.deadlines.maxExpireAt ?? undefined,
    warned: header.warned.length === 0 ? undefined : header.warned,
    endedAt: header.endedAt ?? undefined,
    purgeAt: header.purgeAt ?? undefined,
    counters: header.counters,
    hidden: header.hidden.length === 0 ? undefined : header.hidden.flat(),
    discard: header.discard ?? undefined,
    requestIds: header.requestIds,
    claims: header.claims.length === 0 ? undefined : header.claims,
  }) as HeadFields;
}

function dropEmpty(fields: object): object {
  const present: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) present[name] = value;
  return present;
}

function pairsOf(bounds: readonly number[]): SequenceRange[] {
  return Array.from(
    { length: bounds.length / 2 },
    (_, place): SequenceRange => [bounds[2 * place]!, bounds[2 * place + 1]!],
  );
}
