import { checkAgentId } from '../model/checks/check-id.ts';
import { checkName } from '../model/checks/check-text.ts';
import type { StoredMessage } from '../model/message.ts';
import type { SessionHeader, SessionRecord } from '../model/session.ts';
import { SessionError } from '../model/session-error.ts';
import type { Summary } from '../model/summary.ts';
import { takeWithin } from '../model/take-within.ts';
import { visiblePosition } from '../model/visible-position.ts';
import type { SessionCursor } from '../ports/session-store.ts';
import type { Caller } from './caller.ts';
import { checkSessionIds } from './check-session-ids.ts';
import type { Engine } from './engine/engine.ts';
import { visiblePages } from './engine/read-visible.ts';
import { givenFilters } from './session-filter.ts';
import { type SessionView, viewSession } from './session-view.ts';

/** ExportInput asks for the conversations that match all filters given; empty text, no entries and null filter nothing. */
export interface ExportInput {
  userId: string;
  agentId: string;
  sessionIds: string[];
  /** Instants in ms; both exclude. */
  createdAfter: number | null;
  createdBefore: number | null;
}

/** ExportedPiece is a conversation or a piece of one; the pieces of one follow each other. */
export interface ExportedPiece {
  /** In the first piece only. */
  session: SessionView | null;
  /** Visible ones, oldest first, inline files included. */
  messages: StoredMessage[];
  /** In the last pieces only; ranges count the conversation's messages from 1. */
  summaries: Summary[];
  /** True when the next piece belongs to this conversation too. */
  more: boolean;
}

/**
 * Streams conversations, the oldest session first, each as it was when it was reached, whatever is written meanwhile.
 * Sessions that are deleted before they are reached are left out. No access.
 */
export async function* exportConversations(
  engine: Engine,
  caller: Caller,
  input: ExportInput,
): AsyncGenerator<ExportedPiece> {
  checkName('user_id', input.userId);
  checkAgentId('agent_id', input.agentId);
  checkSessionIds(input.sessionIds);
  for await (const record of sessionsToExport(engine, caller, input)) yield* piecesOf(engine, caller, record);
}

/** Whole sessions can be large. */
const SESSIONS_PER_READ = 20;

async function* sessionsToExport(
  engine: Engine,
  { tenant, signal }: Caller,
  input: ExportInput,
): AsyncGenerator<SessionRecord> {
  const order = { by: 'createdAt', direction: 'oldestFirst' } as const;
  for (let after: SessionCursor | null = null; ; ) {
    const filter = givenFilters({ ...input });
    const found = await engine.store.sessions.list(tenant, filter, order, after, SESSIONS_PER_READ, signal);
    yield* found;
    const last = found.at(-1);
    if (last === undefined || found.length < SESSIONS_PER_READ) return;
    after = { at: last.header.createdAt, sessionId: last.header.sessionId };
  }
}

/** Each piece is held back until it is known whether another follows. */
async function* piecesOf(engine: Engine, caller: Caller, record: SessionRecord): AsyncGenerator<ExportedPiece> {
  const session = viewSession(record, engine.time());
  let held: ExportedPiece = { session, messages: [], summaries: [], more: false };
  for await (const content of contentsOf(engine, caller, record.header)) {
    if (held.messages.length === 0 && held.summaries.length === 0) {
      held = { ...held, ...content };
    } else {
      yield { ...held, more: true };
      held = { session: null, messages: [], summaries: [], more: false, ...content };
    }
  }
  // What was read is whole if the session is still there: a deletion takes everything out of reach at once.
  if (await isStillThere(engine, caller, record.header)) yield held;
  else if (held.session === null) throw deletedMeanwhile(record.header.sessionId);
}

type Contents = Pick<ExportedPiece, 'messages'> | Pick<ExportedPiece, 'summaries'>;

async function* contentsOf(engine: Engine, { signal }: Caller, header: SessionHeader): AsyncGenerator<Contents> {
  const { messages, sessions } = engine.store;
  const span = { from: 'oldest', afterSequence: 0, beforeSequence: 0 } as const;
  for await (const page of visiblePages(messages, header, span, signal)) yield { messages: page };
  let summaries = (await sessions.summaries(header.tenant, header.uid, signal)).flatMap(positionedIn(header));
  while (summaries.length > 0) {
    const batch = takeWithin(summaries, SUMMARY_BYTES_PER_PIECE, ({ text }) => Buffer.byteLength(text));
    summaries = summaries.slice(batch.length);
    yield { summaries: batch };
  }
}

const SUMMARY_BYTES_PER_PIECE = 2 * 1024 * 1024;

/** Ranges come to count the messages that are exported; a summary of none of them, all hidden, has no place. */
function positionedIn({ hidden }: SessionHeader): (summary: Summary) => Summary[] {
  return (summary) => {
    const firstSequence = visiblePosition(hidden, summary.firstSequence - 1) + 1;
    const lastSequence = visiblePosition(hidden, summary.lastSequence);
    return firstSequence > lastSequence ? [] : [{ ...summary, firstSequence, lastSequence }];
  };
}

async function isStillThere({ store }: Engine, { tenant, signal }: Caller, header: SessionHeader): Promise<boolean> {
  const basis = await store.sessions.load(tenant, header.sessionId, {}, { signal });
  return basis.header?.uid === header.uid && !basis.header.isTombstone;
}

function deletedMeanwhile(sessionId: string): SessionError {
  return new SessionError(
    'SESSION_NOT_FOUND',
    `session ${sessionId} was deleted in the middle of its export; export again`,
    {
      resource: { type: 'session', name: sessionId },
    },
  );
}
