import type { Call, SessionSpec } from '../model/call.ts';
import { termsRequestOf } from '../model/checks/check-terms.ts';
import type { Message, NewMessage } from '../model/message.ts';
import { SessionError } from '../model/session-error.ts';
import type { Caller } from './caller.ts';
import { checkConversation } from './check-conversation.ts';
import type { Conversation } from './conversation.ts';
import { conversationClaims } from './conversation-claims.ts';
import { conditionsOf } from './engine/call-conditions.ts';
import type { Engine } from './engine/engine.ts';
import { prepareMessage } from './engine/prepare-message.ts';
import { newSummariesOf } from './import-summaries.ts';
import { matchStored, type StoredConversation } from './match-stored.ts';

/** ImportedConversation says what became of a conversation; `messageCount` is of those stored by this call. */
export interface ImportedConversation {
  became: 'IMPORTED' | 'APPENDED' | 'UNCHANGED';
  messageCount: number;
}

/**
 * Stores a conversation in one commit, all of it or nothing, outside the limit of sessions per user. Repeatable: what
 * is stored stays as it is, and of a longer version the rest is appended, an access. Throws SESSION_EXISTS where another
 * conversation is stored under the id.
 */
export async function importConversation(
  engine: Engine,
  caller: Caller,
  conversation: Conversation,
): Promise<ImportedConversation> {
  checkConversation(engine, conversation);
  for (let attempt = 1; ; attempt += 1) {
    const stored = await matchStored(engine, caller, conversation);
    try {
      return await storeRest(engine, caller, conversation, stored);
    } catch (fault) {
      if (attempt === ATTEMPTS_MAX || !isRace(fault)) throw fault;
    }
  }
}

const ATTEMPTS_MAX = 5;

/** Another writer made or changed the session since it was read. */
function isRace(fault: unknown): boolean {
  return fault instanceof SessionError && (fault.reason === 'SESSION_EXISTS' || fault.reason === 'VERSION_MISMATCH');
}

async function storeRest(
  engine: Engine,
  caller: Caller,
  conversation: Conversation,
  stored: StoredConversation,
): Promise<ImportedConversation> {
  const rest = conversation.messages.slice(stored.sequences.length);
  if (stored.isThere && rest.length === 0) return { became: 'UNCHANGED', messageCount: 0 };
  const messages = await prepareMessages(engine, rest, stored.sequences.length);
  const call: Call = {
    kind: 'append',
    ...conditionsOf(engine, 'Import', { requestId: '', expectedVersion: stored.version }),
    messages,
    state: { set: {}, remove: [] },
    startIfMissing: stored.isThere ? null : await beginningOf(engine, caller, conversation.spec),
    cut: null,
    isImport: true,
    summaries: await newSummariesOf(engine, caller, conversation, stored),
  };
  const { tenant, signal } = caller;
  await engine.submit({ tenant, sessionId: conversation.sessionId, call, signal });
  return { became: stored.isThere ? 'APPENDED' : 'IMPORTED', messageCount: messages.length };
}

const MESSAGES_WITHOUT_PAUSE = 200;

/** Lets other work in between: a long conversation takes a while. */
async function prepareMessages(engine: Engine, messages: readonly Message[], before: number): Promise<NewMessage[]> {
  const prepared: NewMessage[] = [];
  for (const [index, message] of messages.entries()) {
    if (index % MESSAGES_WITHOUT_PAUSE === MESSAGES_WITHOUT_PAUSE - 1) await new Promise(setImmediate);
    prepared.push(prepareMessage(engine, `messages[${before + index}]`, { ...message, requestId: '' }));
  }
  return prepared;
}

/** A key that another live session holds stays with it: the imported session is found by its id alone. */
async function beginningOf(
  { store }: Engine,
  { tenant, signal }: Caller,
  spec: SessionSpec,
): Promise<{ spec: SessionSpec; claims: string[] }> {
  const claims: string[] = [];
  for (const key of conversationClaims(spec)) {
    if ((await store.sessions.findClaim(tenant, key, signal)) === null) claims.push(key);
  }
  return { spec: { ...spec, terms: termsRequestOf('session.', spec.terms), ifExists: 'FAIL' }, claims };
}
