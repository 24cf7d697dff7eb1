import { expect } from 'vitest';
import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import type { Message, Role } from '../../src/model/message.ts';
import type { Reason } from '../../src/model/session-error.ts';
import { type AddMessageAnswer, addMessage } from '../../src/operations/add-message.ts';
import type { Caller } from '../../src/operations/caller.ts';
import { createEngine } from '../../src/operations/engine/create-engine.ts';
import type { Engine } from '../../src/operations/engine/engine.ts';
import { DEFAULT_ENGINE_SETTINGS, type EngineSettings } from '../../src/operations/engine/engine-settings.ts';
import { type StartAnswer, type StartInput, start } from '../../src/operations/start.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Tokenizer } from '../../src/ports/tokenizer.ts';
import { jsonCodec } from './json-codec.ts';
import { ManualClock } from './manual-clock.ts';
import { SeededRandom } from './seeded-random.ts';

/** An hour in ms. */
export const HOUR_MS = 3_600_000;

const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const silentMetrics: Metrics = { count() {}, observe() {}, gauge() {} };
const estimate: Tokenizer = {
  methodFor: () => ({ name: 'quarter', isExact: false }),
  count: async (text) => Math.ceil(Buffer.byteLength(text) / 4),
};

/** What a test's engine is made with; everything has a default. */
export interface TestEngineOptions {
  clock?: ManualClock;
  /** The clock of the engine's machine, where it is not the one of the test. */
  machineClock?: Clock;
  store?: Store;
  seed?: number;
  settings?: Partial<EngineSettings>;
  logger?: Logger;
  metrics?: Metrics;
}

/** An engine on the memory store with a manual clock, whose background work a test does by hand. */
export interface TestEngine {
  engine: Engine;
  store: Store;
  clock: ManualClock;
  caller: Caller;
}

/** Opens an engine for one test. */
export async function openTestEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const clock = options.clock ?? new ManualClock();
  const store = options.store ?? openMemoryStore({ clock });
  const engine = await createEngine({
    store,
    clock: options.machineClock ?? clock,
    random: new SeededRandom(options.seed ?? 1),
    codec: jsonCodec,
    tokenizer: estimate,
    logger: options.logger ?? silentLogger,
    metrics: options.metrics ?? silentMetrics,
    settings: options.settings ?? {},
  });
  return { engine, store, clock, caller: callerOf('acme') };
}

/** A caller of a tenant who never leaves, unless a signal is given. */
export function callerOf(tenant: string, signal: AbortSignal = new AbortController().signal): Caller {
  return { tenant, signal };
}

/** Settings with other limits than the defaults. */
export function withLimits(limits: Partial<EngineSettings['limits']>): Partial<EngineSettings> {
  return { limits: { ...DEFAULT_ENGINE_SETTINGS.limits, ...limits } };
}

/** Settings with other watch settings than the defaults. */
export function withWatch(watch: Partial<EngineSettings['watch']>): Partial<EngineSettings> {
  return { watch: { ...DEFAULT_ENGINE_SETTINGS.watch, ...watch } };
}

/** A Start with nothing but what is given. */
export function startInput(fields: Partial<StartInput> = {}): StartInput {
  return {
    ...{
      sessionId: '',
      requestId: '',
      userId: '',
      agentId: '',
      channel: '',
      conversationKey: '',
      title: '',
      model: '',
    },
    ...{ ifExists: null, state: {}, metadata: {}, labels: {}, neverExpires: false, tokenLimit: 0 },
    ...fields,
  };
}

/** Starts a session. */
export function startSession({ engine, caller }: TestEngine, fields: Partial<StartInput> = {}): Promise<StartAnswer> {
  return start(engine, caller, startInput(fields));
}

/** A message that says a text. */
export function messageOf(role: Role, text: string, fields: Partial<Message> = {}): Message {
  return {
    ...{ messageId: '', turnId: '', role, author: '', tokenCount: 0, model: '', sentAt: null, requestId: '' },
    parts: [{ kind: 'text', text }],
    ...fields,
  };
}

/** Appends a message that says a text. */
export function say(
  { engine, caller }: TestEngine,
  sessionId: string,
  role: Role,
  text: string,
  fields: { requestId?: string; expectedVersion?: number; message?: Partial<Message> } = {},
): Promise<AddMessageAnswer> {
  const { requestId = '', expectedVersion = 0, message } = fields;
  const base = { sessionId, requestId, expectedVersion, statePatch: {}, startIfMissing: null };
  return addMessage(engine, caller, { ...base, message: messageOf(role, text, message) });
}

/** The texts of stored messages. */
export function textsOf(messages: readonly { body: Uint8Array }[]): string[] {
  return messages.map(({ body }) => {
    const [part] = jsonCodec.decode(body).parts;
    return part?.kind === 'text' ? part.text : '';
  });
}

/** Matches a SessionError by its reason and what else is named. */
export function refusal(reason: Reason, facts: object = {}): unknown {
  return expect.objectContaining({ reason, ...facts });
}
