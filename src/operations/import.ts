import { type Reason, SessionError } from '../model/session-error.ts';
import { type AssembledConversation, assembleConversations, type ImportedPiece } from './assemble-conversations.ts';
import type { Caller } from './caller.ts';
import type { Engine } from './engine/engine.ts';
import { type ImportedConversation, importConversation } from './import-conversation.ts';

/** ImportAnswer counts what became of the conversations of a stream. */
export interface ImportAnswer {
  importedCount: number;
  appendedCount: number;
  unchangedCount: number;
  refusedCount: number;
  /** Messages that were stored. */
  messageCount: number;
  /** The first 1,000. */
  failures: ImportFailure[];
}

/** ImportFailure says why a conversation was refused; `position` counts the stream's conversations from 1. */
interface ImportFailure {
  position: number;
  sessionId: string;
  reason: Reason;
  message: string;
}

const FAILURES_MAX = 1000;

/** What is longer is no session's id, and is not repeated whole. */
const SESSION_ID_LENGTH_MAX = 256;

/**
 * Stores the conversations of a stream one by one, each all or nothing; one that is refused is told of in the answer,
 * and the others go on. A store that is away ends the stream: send it again, what is stored stays.
 */
export async function importConversations(
  engine: Engine,
  caller: Caller,
  pieces: AsyncIterable<ImportedPiece>,
): Promise<ImportAnswer> {
  const answer: ImportAnswer = {
    importedCount: 0,
    appendedCount: 0,
    unchangedCount: 0,
    refusedCount: 0,
    messageCount: 0,
    failures: [],
  };
  let position = 0;
  const bytesOf = (message: Parameters<typeof engine.codec.encode>[0]) => engine.codec.encode(message).byteLength;
  for await (const assembled of assembleConversations(pieces, bytesOf)) {
    position += 1;
    try {
      countImported(answer, await store(engine, caller, assembled));
    } catch (fault) {
      if (!(fault instanceof SessionError) || ENDS_STREAM.has(fault.reason)) throw fault;
      answer.refusedCount += 1;
      const { reason, message } = fault;
      const sessionId = assembled.sessionId.slice(0, SESSION_ID_LENGTH_MAX);
      if (answer.failures.length < FAILURES_MAX) answer.failures.push({ position, sessionId, reason, message });
    }
  }
  return answer;
}

/** What is no fault of the conversation. */
const ENDS_STREAM: ReadonlySet<Reason> = new Set(['STORE_UNAVAILABLE', 'STORE_CORRUPT', 'DRAINING', 'OVERLOADED']);

function store(engine: Engine, caller: Caller, { outcome }: AssembledConversation): Promise<ImportedConversation> {
  if ('fault' in outcome) throw outcome.fault;
  return importConversation(engine, caller, outcome.conversation);
}

function countImported(answer: ImportAnswer, { became, messageCount }: ImportedConversation): void {
  if (became === 'IMPORTED') answer.importedCount += 1;
  else if (became === 'APPENDED') answer.appendedCount += 1;
  else answer.unchangedCount += 1;
  answer.messageCount += messageCount;
}
