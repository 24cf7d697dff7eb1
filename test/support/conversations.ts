import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import type { Call, SessionSpec } from '../../src/model/call.ts';
import type { Message, Role } from '../../src/model/message.ts';
import type { Outcome } from '../../src/model/session.ts';
import { conditionsOf } from '../../src/operations/engine/call-conditions.ts';
import { createEngine } from '../../src/operations/engine/create-engine.ts';
import type { Engine, SettledCall } from '../../src/operations/engine/engine.ts';
import type { EngineSettings } from '../../src/operations/engine/engine-settings.ts';
import { prepareMessage } from '../../src/operations/engine/prepare-message.ts';
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
      tokenizer: { nameFor: () => 'estimate', count: async (text) => Math.ceil(text.length / 4) },
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

  #conditions() {
    return conditionsOf(this.engine, 'Test', { requestId: '' });
  }
}

/** Makes a caller of a tenant who never leaves. */
export function callerOf(tenant: string) {
  return { tenant, signal: new AbortController().signal };
}

/** Makes what a session is made from. */
export function specOf(spec: Partial<SessionSpec> = {}): SessionSpec {
  return {
    userId: '',
    agentId: '',
    channel: '',
    conversationKey: '',
    title: '',
    labels: {},
    metadata: {},
    state: {},
    terms: {},
    model: '',
    tokenLimit: 0,
    ifExists: 'FAIL',
    ...spec,
  };
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
