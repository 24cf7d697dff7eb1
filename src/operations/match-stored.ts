import type { Message } from '../model/message.ts';
import { digestContent } from '../model/request-digest.ts';
import { SessionError } from '../model/session-error.ts';
import type { Summary } from '../model/summary.ts';
import type { Caller } from './caller.ts';
import type { Conversation } from './conversation.ts';
import type { Engine } from './engine/engine.ts';
import { visiblePages } from './engine/read-visible.ts';

/** StoredConversation is what the store has of a conversation that is imported. */
export interface StoredConversation {
  /** False where no session is stored; its version and number then go on from one that was deleted. */
  isThere: boolean;
  /** 0 where the id was never used. */
  version: number;
  lastSequence: number;
  /** The sequences of the conversation's first messages, as far as they are stored. */
  sequences: number[];
  summaries: Summary[];
}

/** Compares a conversation with what is stored under its id; throws SESSION_EXISTS where that is another conversation. */
export async function matchStored(
  engine: Engine,
  { tenant, signal }: Caller,
  { sessionId, spec, messages }: Conversation,
): Promise<StoredConversation> {
  const { header, summaries = [] } = await engine.store.sessions.load(
    tenant,
    sessionId,
    { summaries: true },
    { signal },
  );
  const { version = 0, lastSequence = 0 } = header ?? {};
  const sequences: number[] = [];
  if (header === null || header.isTombstone) return { isThere: false, version, lastSequence, sequences, summaries };
  if (spec.userId !== '' && spec.userId !== header.userId) throw isAnother(sessionId, 'it is of another user');
  const span = { from: 'oldest', afterSequence: 0, beforeSequence: 0 } as const;
  for await (const page of visiblePages(engine.store.messages, header, span, signal)) {
    for (const { sequence, body } of page) {
      const message = messages[sequences.length];
      if (message === undefined) return { isThere: true, version, lastSequence, sequences, summaries };
      if (!isSame(engine, engine.codec.decode(body), message))
        throw isAnother(sessionId, `its message ${sequences.length + 1} is different`);
      sequences.push(sequence);
    }
  }
  return { isThere: true, version, lastSequence, sequences, summaries };
}

/** What the service sets on a message, and how its tokens were counted, make no difference. */
function isSame({ codec }: Engine, stored: Message, imported: Message): boolean {
  return digest(stored) === digest(codec.decode(codec.encode(imported)));
}

function digest(message: Message): string {
  return digestContent('Message', { ...message, tokenCount: 0, requestId: '' });
}

function isAnother(sessionId: string, difference: string): SessionError {
  return new SessionError(
    'SESSION_EXISTS',
    `session ${sessionId} holds another conversation: ${difference}; import it under another id, or delete the session`,
    { field: 'session.session_id', resource: { type: 'session', name: sessionId } },
  );
}
