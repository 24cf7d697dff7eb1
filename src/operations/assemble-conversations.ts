import type { SessionSpec } from '../model/call.ts';
import { invalidField, limitExceeded } from '../model/checks/refusals.ts';
import type { Message } from '../model/message.ts';
import type { SessionError } from '../model/session-error.ts';
import type { Conversation } from './conversation.ts';

/** ImportedPiece is a piece of a conversation as far as it can be read; the pieces of one follow each other. */
export type ImportedPiece = ConversationPiece | UnreadablePiece;

/** ConversationPiece is a conversation or a piece of one. */
interface ConversationPiece {
  /** In the first piece only. */
  session: { sessionId: string; spec: SessionSpec } | null;
  messages: Message[];
  /** In the last pieces only. */
  summaries: Conversation['summaries'];
  /** True when the next piece belongs to this conversation too. */
  more: boolean;
}

/** UnreadablePiece is a piece that no conversation can be made of; `sessionId` is empty where it has no session. */
interface UnreadablePiece {
  sessionId: string;
  fault: SessionError;
  more: boolean;
}

/** AssembledConversation is a conversation as its pieces gave it, or why it cannot be stored. */
export interface AssembledConversation {
  sessionId: string;
  outcome: { conversation: Conversation } | { fault: SessionError };
}

/** A conversation is held in memory before it is stored; in bytes, as `bytesOf` counts a message. */
export const CONVERSATION_BYTES_MAX = 64 * 1024 * 1024;

/** Puts the pieces of a stream together; a conversation with a piece too many, too few or too large is a fault of its own. */
export async function* assembleConversations(
  pieces: AsyncIterable<ImportedPiece>,
  bytesOf: (message: Message) => number,
): AsyncGenerator<AssembledConversation> {
  let open: OpenConversation | null = null;
  for await (const piece of pieces) {
    open ??= new OpenConversation(piece);
    if ('fault' in piece) open.refuse(piece.fault);
    else open.add(piece, bytesOf);
    if (piece.more) continue;
    yield open.close();
    open = null;
  }
  if (open !== null) yield open.breakOff();
}

/** The pieces of one conversation so far; after a fault no more are kept. */
class OpenConversation {
  readonly #sessionId: string;
  readonly #session: ConversationPiece['session'];
  readonly #messages: Message[] = [];
  readonly #summaries: Conversation['summaries'] = [];
  #bytes = 0;
  #pieceCount = 0;
  #fault: SessionError | null = null;

  constructor(first: ImportedPiece) {
    this.#session = 'fault' in first ? null : first.session;
    this.#sessionId = 'fault' in first ? first.sessionId : (first.session?.sessionId ?? '');
  }

  refuse(fault: SessionError): void {
    this.#pieceCount += 1;
    this.#fault ??= fault;
  }

  add({ session, messages, summaries }: ConversationPiece, bytesOf: (message: Message) => number): void {
    this.#pieceCount += 1;
    if (this.#pieceCount === 1 && session === null)
      this.#fault = invalidField('session', 'is missing', 'set it in the first piece of a conversation');
    if (this.#pieceCount > 1 && session !== null)
      this.#fault ??= invalidField('session', 'is set in the middle of a conversation', 'clear more in its last piece');
    for (const message of messages) this.#bytes += bytesOf(message);
    for (const { text } of summaries) this.#bytes += Buffer.byteLength(text);
    if (this.#bytes > CONVERSATION_BYTES_MAX)
      this.#fault ??= limitExceeded('messages', {
        name: 'conversation_bytes',
        value: this.#bytes,
        max: CONVERSATION_BYTES_MAX,
      });
    if (this.#fault !== null) return;
    this.#messages.push(...messages);
    this.#summaries.push(...summaries);
  }

  close(): AssembledConversation {
    const session = this.#session;
    const sessionId = this.#sessionId;
    if (this.#fault !== null || session === null) return { sessionId, outcome: { fault: this.#fault ?? lacksEnd() } };
    return {
      sessionId,
      outcome: { conversation: { ...session, messages: this.#messages, summaries: this.#summaries } },
    };
  }

  breakOff(): AssembledConversation {
    this.#fault ??= lacksEnd();
    return this.close();
  }
}

function lacksEnd(): SessionError {
  return invalidField('more', 'is set in the last piece of the stream', 'send the rest of the conversation');
}
