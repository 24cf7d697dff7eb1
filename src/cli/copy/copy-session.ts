import { type AppendedMessage, type Basis, type Changes, changesWith } from '../../model/basis.ts';
import type { StoredMessage } from '../../model/message.ts';
import { searchableText } from '../../model/search/searchable-text.ts';
import { termsOf } from '../../model/search/terms.ts';
import type { SessionHeader } from '../../model/session.ts';
import { SessionError } from '../../model/session-error.ts';
import type { MessageCodec } from '../../ports/message-codec.ts';
import type { Store } from '../../ports/store.ts';
import { messagePieces } from './message-pieces.ts';
import { memoryIdsOf, type SessionPlace, type WholeSession } from './whole-session.ts';

/** CopyRoute is where sessions come from and go to. */
export interface CopyRoute {
  source: Store;
  target: Store;
  codec: MessageCodec;
}

/**
 * A session on its way has this version, which no other has: nobody finds it by its keys, nothing expires it, and the
 * next copy goes on with it.
 */
const UNFINISHED_VERSION = 0;

const REMEMBERED_A_COMMIT = 100;
const ATTEMPTS_MAX = 5;

/**
 * Copies a session in as many commits as its size needs, the last of which makes it one that is used. Answers false when
 * the target has the session already, whatever it looks like there; throws STORE_CONTENDED when the target is in use.
 */
export async function copySession(route: CopyRoute, place: SessionPlace, whole: WholeSession): Promise<boolean> {
  const { header } = whole;
  let basis = await loadTarget(route, place, whole);
  if (basis.header !== null && !isUnfinished(basis.header, header.uid)) return false;
  if (header.isTombstone) {
    await commit(route, basis, changesWith(header));
    return true;
  }
  for await (const changes of stepsOf(route, whole, basis)) basis = await commit(route, basis, changes);
  return true;
}

function isUnfinished({ uid, version, isTombstone }: SessionHeader, sourceUid: string): boolean {
  return uid === sourceUid && version === UNFINISHED_VERSION && !isTombstone;
}

/** What is remembered of a session goes first, then its messages; the last piece goes with everything else. */
async function* stepsOf(route: CopyRoute, whole: WholeSession, basis: Basis): AsyncGenerator<Changes> {
  const { header } = whole;
  let throughSequence = basis.header?.lastSequence ?? 0;
  let rev = basis.header?.rev ?? 0;
  const onTheWay = (parts: Partial<Changes>): Changes => {
    rev += 1;
    return changesWith({ ...unfinished(header), lastSequence: throughSequence, rev }, parts);
  };
  for (const remembered of rememberedSteps(whole, basis)) yield onTheWay(remembered);
  for await (const piece of messagePieces(route.source, header, throughSequence)) {
    const discardThrough = removedBefore(piece, throughSequence);
    throughSequence = piece.at(-1)!.sequence;
    const messages = await withTerms(piece, route.codec);
    if (throughSequence >= header.lastSequence) return yield finished(whole, rev + 1, { messages, discardThrough });
    yield onTheWay({ messages, discardThrough });
  }
  const discardThrough = throughSequence < header.lastSequence ? header.lastSequence : 0;
  yield finished(whole, rev + 1, { discardThrough });
}

function finished({ header, ...parts }: WholeSession, rev: number, last: Partial<Changes>): Changes {
  const { details, state, summaries, activity } = parts;
  const claims = header.claims;
  return changesWith(
    { ...header, rev: Math.max(header.rev, rev) },
    { details, state, summaries, activity, claims, ...last },
  );
}

/** What a session removed for good is missing at its beginning, and nowhere else; 0 = nothing is. */
function removedBefore(piece: readonly StoredMessage[], throughSequence: number): number {
  const first = piece[0]!.sequence;
  const isWhole = piece.every(({ sequence }, place) => sequence === first + place);
  if (!isWhole || (throughSequence > 0 && first > throughSequence + 1)) {
    throw new SessionError(
      'STORE_CORRUPT',
      `messages after ${throughSequence} are missing: run threadkeep check-store`,
    );
  }
  return first > throughSequence + 1 ? first - 1 : 0;
}

function unfinished(header: SessionHeader): SessionHeader {
  return { ...header, version: UNFINISHED_VERSION, status: 'ENDED', claims: [], dueAt: null, purgeAt: null };
}

function* rememberedSteps({ recorded, toolCalls }: WholeSession, basis: Basis): Generator<Partial<Changes>> {
  const ids = recorded.filter(({ digest }) => !basis.recorded.has(digest));
  const calls = toolCalls.filter(({ callId }) => !basis.toolCalls.has(callId));
  for (let from = 0; from < Math.max(ids.length, calls.length); from += REMEMBERED_A_COMMIT) {
    const through = from + REMEMBERED_A_COMMIT;
    yield { recorded: ids.slice(from, through), toolCalls: calls.slice(from, through) };
  }
}

/** Lets other work in between: words of a long conversation take a while. */
async function withTerms(piece: readonly StoredMessage[], codec: MessageCodec): Promise<AppendedMessage[]> {
  await new Promise(setImmediate);
  return piece.map((message) => ({ ...message, terms: termsOf(searchableText(codec.decode(message.body))) }));
}

function loadTarget({ target }: CopyRoute, { tenant, sessionId }: SessionPlace, whole: WholeSession): Promise<Basis> {
  return target.sessions.load(tenant, sessionId, memoryIdsOf(whole));
}

/** Commits, and answers the basis of the next commit. */
async function commit({ target }: CopyRoute, basis: Basis, changes: Changes): Promise<Basis> {
  const { tenant, sessionId } = basis;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const outcome = await target.sessions.commit(basis, changes, []);
    if (outcome === 'committed') return { ...basis, header: changes.header };
    const stored = await target.sessions.load(tenant, sessionId, {});
    const isWritten = stored.header?.uid === changes.header.uid && stored.header.rev === changes.header.rev;
    if (outcome === 'unknown' && isWritten) return { ...basis, header: changes.header };
    if (outcome === 'conflict') break;
  }
  throw new SessionError(
    'STORE_CONTENDED',
    `${sessionId} cannot be written: another session holds its id or a key of it, or the target is in use`,
  );
}
