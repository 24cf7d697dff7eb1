import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import { specOf } from '../../src/contract/calls.ts';
import type { Call, SessionSpec } from '../../src/model/call.ts';
import type { Message, Role, StoredMessage } from '../../src/model/message.ts';
import type { Outcome } from '../../src/model/session.ts';
import type { Conversation } from '../../src/operations/conversation.ts';
import { conditionsOf } from '../../src/operations/engine/call-conditions.ts';
import { createEngine } from '../../src/operations/engine/create-engine.ts';
import type { Engine } from '../../src/operations/engine/engine.ts';
import type { EngineSettings } from '../../src/operations/engine/engine-settings.ts';
import { prepareMessage } from '../../src/operations/engine/prepare-message.ts';
import type { SettledCall } from '../../src/operations/engine/submission.ts';
import { type ExportedPiece, type ExportInput, exportConversations } from '../../src/operations/export.ts';
import { jsonCodec } from './json-codec.ts';
import { ManualClock } from './manual-clock.ts';
import { SeededRandom } from './seeded-random.ts';

/** Conversations is an engine on an empty memory store with a manual clock, and short ways to put sessions there. */
export class Conversations {
  readonly engine: Engine;
  readonly clock: ManualClock;
  readonly caller = callerOf('acme');

  private constructor(engine: Engine, clock: ManualClock) {
    this.engine = engine;
    this.clock = clock;
  }

  /** Opens an engine that does nothing in the background: a test sweeps when it wants to. */
  static async open(settings: Partial<EngineSettings> = {}): Promise<Conversations> {
    const clock = new ManualClock();
    const engine = await createEngine({
      store: openMemoryStore({ clock }),
      clock,
      random: new SeededRandom(1),
      codec: jsonCodec,
      tokenizer: {
        methodFor: () => ({ name: 'quarter', isExact: false }),
        count: async (text) => Math.ceil(text.length / 4),
      },
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      metrics: { count: () => {}, observe: () => {}, gauge: () => {} },
      settings,
    });
    return new Conversations(engine, clock);
  }

  /** Starts a session. */
  start(sessionId: string, spec: Partial<SessionSpec> = {}, caller = this.caller): Promise<SettledCall> {
    const call: Call = { kind: 'start', spec: specOf(spec), claims: [], ...this.#conditions() };
    return this.engine.submit({ ...caller, sessionId, call });
  }

  /** Appends messages: texts of the user, or messages. */
  say(sessionId: string, said: (string | Message)[], caller = this.caller): Promise<SettledCall> {
    const messages = said.map((each) => (typeof each === 'string' ? messageOf('USER', each) : each));
    return this.engine.submit({
      ...caller,
      sessionId,
      call: {
        kind: 'append',
        messages: messages.map((message) => prepareMessage(this.engine, 'message', message)),
        state: { set: {}, remove: [] },
        startIfMissing: null,
        cut: null,
        isImport: false,
        ...this.#conditions(),
      },
    });
  }

  /** Rewinds to a sequence, the last to stay. */
  rewind(sessionId: string, sequence: number): Promise<SettledCall> {
    const cut = { kind: 'throughSequence', sequence } as const;
    const call: Call = { kind: 'rewind', cut, ...this.#conditions() };
    return this.engine.submit({ ...this.caller, sessionId, call });
  }

  /** Ends a session. */
  end(sessionId: string, outcome: Outcome = 'COMPLETED', errorMessage = '', qualityScore = 0): Promise<SettledCall> {
    const metadata = { set: {}, remove: [] };
    const call: Call = {
      kind: 'end',
      ...{ outcome, errorMessage, qualityScore, metadata },
      reason: 'CALLER',
      ...this.#conditions(),
    };
    return this.engine.submit({ ...this.caller, sessionId, call });
  }

  /** Deletes a session. */
  delete(sessionId: string): Promise<SettledCall> {
    const call: Call = { kind: 'delete', reason: 'CALLER', ...this.#conditions() };
    return this.engine.submit({ ...this.caller, sessionId, call });
  }

  /** Exports conversations: all of them, or as the filters say. */
  async exported(filters: Partial<ExportInput> = {}): Promise<ExportedPiece[]> {
    const all = { userId: '', agentId: '', sessionIds: [], createdAfter: null, createdBefore: null };
    const pieces: ExportedPiece[] = [];
    for await (const piece of exportConversations(this.engine, this.caller, { ...all, ...filters })) pieces.push(piece);
    return pieces;
  }

  /** Returns the text that each visible message of a session begins with. */
  async textsOf(sessionId = 's'): Promise<string[]> {
    const pieces = await this.exported({ sessionIds: [sessionId] });
    return pieces.flatMap(({ messages }) => messages).map((message) => this.textOf(message));
  }

  /** Returns the text that a message begins with. */
  textOf({ body }: Pick<StoredMessage, 'body'>): string {
    const [part] = this.engine.codec.decode(body).parts;
    return part?.kind === 'text' ? part.text : '';
  }

  #conditions() {
    return conditionsOf(this.engine, 'Test', { requestId: '' });
  }
}

/** Makes a caller of a tenant who never leaves. */
export function callerOf(tenant: string) {
  return { tenant, signal: new AbortController().signal };
}

/** Makes a message of one text. */
export function messageOf(role: Role, text: string, fields: Partial<Message> = {}): Message {
  return {
    messageId: '',
    turnId: '',
    role,
    author: '',
    parts: [{ kind: 'text', text }],
    tokenCount: 0,
    model: '',
    sentAt: null,
    requestId: '',
    ...fields,
  };
}

/** Makes the conversation `s` of texts, told by user and assistant in turn. */
export function conversationOf(texts: string[], fields: Partial<Conversation> = {}): Conversation {
  return { sessionId: 's', spec: specOf(), messages: texts.map(messageAt), summaries: [], ...fields };
}

/** Makes the message at a place of a conversation, from 0. */
export function messageAt(text: string, place: number): Message {
  return messageOf(place % 2 === 0 ? 'USER' : 'ASSISTANT', text, { messageId: `m${place}` });
}
