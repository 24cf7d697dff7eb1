import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Ledger } from './client.ts';
import type { CallRecord, SeenAnswer } from './history.ts';
import { isRead, type PlannedCall, type Spans } from './planned-call.ts';
import type { ServiceInstance } from './service-instance.ts';
import type { Simulation } from './simulation.ts';

const HOUR_MS = 3_600_000;

/**
 * ProgramKind is what a program dwells on: nothing, starts by key, large batches over a long time, lapses and ends, the
 * same until the log is compacted, slides at the last moment, or appends to many sessions at a time.
 */
export type ProgramKind = 'mixed' | 'keys' | 'batches' | 'lapses' | 'retention' | 'slides' | 'crowd';

const OFTEN: readonly ProgramKind[] = ['mixed', 'mixed', 'mixed', 'keys', 'lapses', 'slides', 'batches', 'crowd'];

/** The log is kept so long that few schedules can wait for its end. */
const KINDS: readonly ProgramKind[] = [...OFTEN, ...OFTEN, ...OFTEN, 'retention'];

/** Program is what the clients of a schedule do, drawn at its beginning. */
export interface Program {
  kind: ProgramKind;
  clients: number;
  callsPerClient: number;
  /** Longest pause between two calls of a client, in ms. */
  pauseMs: number;
  sessionIds: string[];
  spans: Spans;
  /** Bytes of a large message; 0 = there are none. */
  largeBytes: number;
  /** Messages of a large batch; 0 = there are none. */
  largeBatch: number;
  /** How often sessions are ended and deleted, and how often started by key, of 100 calls. */
  endings: number;
  byKey: number;
  /** How often calls do nothing but slide, of 100. */
  touches: number;
  /** How often calls do nothing but append, of 100. */
  appends: number;
}

/** Draws a program, of a kind if one is given. */
export function drawProgram(random: SeededRandom, kind: ProgramKind = random.pick(KINDS)): Program {
  return { ...drawMixed(random), ...specialsOf(kind, random), kind };
}

function specialsOf(kind: ProgramKind, random: SeededRandom): Partial<Program> {
  switch (kind) {
    case 'mixed':
      return {};
    case 'keys':
      return { byKey: 60, endings: 12, clients: 3 + random.integer(2), pauseMs: 1500 };
    case 'batches':
      return {
        largeBatch: random.pick([40, 110]),
        pauseMs: random.pick([800, 12_000]),
        sessionIds: ['one'],
        endings: 2,
      };
    case 'slides': {
      const dormantAfterMs = 400 + random.integer(800);
      const spans = { ttlMs: 9000, dormantAfterMs, expiringLeadMs: 0 };
      const pauseMs = dormantAfterMs * random.pick([0.7, 2]);
      return { spans, touches: 97, endings: 0, clients: 4, callsPerClient: 12, pauseMs, sessionIds: ['one'] };
    }
    case 'crowd': {
      const sessionIds = ['one', 'two', 'three', 'four', 'five', 'six'];
      const sizes = { largeBytes: 0, largeBatch: 0 };
      return { ...sizes, sessionIds, clients: 8, callsPerClient: 12, pauseMs: 20, endings: 2, appends: 80 };
    }
    case 'retention':
      return { ...specialsOf('lapses', random), clients: 2, callsPerClient: 9, pauseMs: 30_000 };
    case 'lapses': {
      const ttlMs = 2000 + random.integer(4000);
      const spans = { ttlMs, dormantAfterMs: 500 + random.integer(1500), expiringLeadMs: Math.floor(ttlMs / 4) };
      return { spans, endings: 10, pauseMs: 1500, sessionIds: ['one', 'two', 'three'] };
    }
  }
}

function drawMixed(random: SeededRandom): Omit<Program, 'kind'> {
  const ttlMs = random.pick([20 * HOUR_MS, 20 * HOUR_MS, 2000 + random.integer(8000)]);
  const dormantAfterMs = random.pick([ttlMs, Math.min(ttlMs, 1000 + random.integer(3000)), 10 * HOUR_MS]);
  return {
    byKey: 5,
    touches: 0,
    appends: 0,
    clients: 1 + random.integer(4),
    callsPerClient: 4 + random.integer(6),
    pauseMs: random.pick([0, 100, 800]),
    sessionIds: ['one', 'two'].slice(0, 1 + random.integer(2)),
    spans: { ttlMs, dormantAfterMs: Math.min(ttlMs, dormantAfterMs), expiringLeadMs: Math.floor(ttlMs / 4) },
    largeBytes: random.pick([0, 0, 0, 20_000, 70_000]),
    largeBatch: random.pick([0, 0, 0, 40, 110]),
    endings: random.pick([0, 4, 16]),
  };
}

/** What a client needs besides its program. */
export interface ProgramWorld {
  simulation: Simulation;
  ledger: Ledger;
  program: Program;
  /** The instances that take calls at the moment. */
  instances(): readonly ServiceInstance[];
}

/** ProgramClient makes calls one after the other, repeats what it does not know the end of, and learns versions. */
export class ProgramClient {
  readonly #world: ProgramWorld;
  readonly #name: string;
  readonly #random: SeededRandom;
  readonly #sessionIds: string[];
  readonly #versions = new Map<string, number>();
  #calls = 0;

  constructor(world: ProgramWorld, name: string) {
    this.#world = world;
    this.#name = name;
    this.#random = world.simulation.random;
    this.#sessionIds = [...world.program.sessionIds];
  }

  async run(): Promise<void> {
    const { simulation, program } = this.#world;
    for (const sessionId of this.#sessionIds) {
      if (this.#random.integer(3) > 0) await this.#send(this.#start(sessionId));
    }
    for (let place = 0; place < program.callsPerClient; place += 1) {
      await simulation.sleep(this.#random.integer(1 + program.pauseMs));
      await this.#send(this.#draw());
    }
  }

  async #send(call: PlannedCall): Promise<void> {
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const instance = await this.#anInstance();
      const patienceMs = this.#random.integer(4) === 0 ? 1 + this.#random.integer(1500) : 20_000;
      const record = await this.#world.ledger.send(instance, call, patienceMs);
      this.#learn(record);
      const isOpen = record.outcome?.kind === 'unknown' && call.requestId !== '' && this.#random.integer(5) > 0;
      const isRepeated = record.outcome?.kind === 'answer' && call.requestId !== '' && this.#random.integer(10) === 0;
      if (!isOpen && !isRepeated) return;
    }
  }

  async #anInstance(): Promise<ServiceInstance> {
    while (this.#world.instances().length === 0) await this.#world.simulation.sleep(100);
    return this.#random.pick(this.#world.instances());
  }

  #learn({ outcome }: CallRecord): void {
    if (outcome?.kind !== 'answer') return;
    const { sessionId, version }: SeenAnswer = outcome.answer;
    if (!this.#sessionIds.includes(sessionId)) this.#sessionIds.push(sessionId);
    this.#versions.set(sessionId, Math.max(version, this.#versions.get(sessionId) ?? 0));
  }

  #draw(): PlannedCall {
    const random = this.#random;
    const sessionId = random.pick(this.#sessionIds);
    const dice = random.integer(100);
    const { endings, byKey, touches, appends } = this.#world.program;
    if (random.integer(100) < touches) return { kind: 'touch', sessionId, requestId: '', ttlMs: null };
    if (random.integer(100) < appends) return this.#append(sessionId);
    if (random.integer(100) < byKey) return this.#startByKey();
    if (dice < endings / 2) return { kind: 'end', sessionId, requestId: this.#requestId(50) };
    if (dice < endings) return { kind: 'delete', sessionId, requestId: this.#requestId(50) };
    if (dice < endings + 5) return this.#start(sessionId);
    if (dice < endings + 12) return this.#touch(sessionId);
    if (dice < endings + 18) return this.#activity(sessionId);
    if (dice < endings + 24) return this.#rewind(sessionId);
    if (dice < 68) return this.#append(sessionId);
    return this.#read(sessionId);
  }

  #start(sessionId: string): PlannedCall {
    const { spans } = this.#world.program;
    const ifExists = this.#random.pick(['FAIL', 'RETURN', 'RESUME', 'RESTART'] as const);
    return { kind: 'start', sessionId, requestId: this.#requestId(60), conversationKey: '', ifExists, spans };
  }

  #startByKey(): PlannedCall {
    const { spans } = this.#world.program;
    const ifExists = this.#random.pick(['RETURN', 'RESUME', 'RESTART'] as const);
    const conversationKey = this.#random.pick(['talk', '']);
    const requestId = conversationKey === '' ? this.#requestId(100) : this.#requestId(50);
    return {
      kind: 'start',
      sessionId: '',
      requestId,
      conversationKey,
      ifExists: conversationKey === '' ? 'FAIL' : ifExists,
      spans,
    };
  }

  #touch(sessionId: string): PlannedCall {
    const { spans } = this.#world.program;
    const ttlMs = this.#random.integer(4) === 0 ? spans.ttlMs * 2 : null;
    return { kind: 'touch', sessionId, requestId: this.#requestId(30), ttlMs };
  }

  #activity(sessionId: string): PlannedCall {
    const callId = `tool-${this.#random.integer(6)}`;
    return { kind: 'activity', sessionId, requestId: this.#requestId(50), callId };
  }

  #rewind(sessionId: string): PlannedCall {
    const count = 1 + this.#random.integer(3);
    return {
      kind: 'rewind',
      sessionId,
      requestId: this.#requestId(80),
      count,
      expectedVersion: this.#expected(sessionId),
    };
  }

  #append(sessionId: string): PlannedCall {
    const { largeBatch, largeBytes } = this.#world.program;
    const random = this.#random;
    const isLarge = largeBatch > 0 && random.integer(3) === 0;
    const count = isLarge ? largeBatch : random.integer(4) === 0 ? 2 + random.integer(3) : 1;
    const bytes = largeBytes > 0 && count < 5 && random.integer(3) === 0 ? largeBytes : 0;
    const texts = this.#texts(count);
    const expectedVersion = this.#expected(sessionId);
    return {
      kind: 'append',
      sessionId,
      requestId: this.#requestId(80),
      texts,
      bytes,
      expectedVersion,
      asBatch: count > 1,
    };
  }

  #read(sessionId: string): PlannedCall {
    const random = this.#random;
    const minVersion = random.integer(2) === 0 ? 0 : (this.#versions.get(sessionId) ?? 0);
    const kind = random.pick(['get', 'list', 'context'] as const);
    return { kind, sessionId, requestId: '', minVersion, peek: random.integer(2) === 0 };
  }

  #expected(sessionId: string): number {
    return this.#random.integer(4) === 0 ? (this.#versions.get(sessionId) ?? 0) : 0;
  }

  #texts(count: number): string[] {
    this.#calls += 1;
    return Array.from({ length: count }, (_, place) => `${this.#name}.${this.#calls}.${place}`);
  }

  /** Gives so many of 100 calls a request id. */
  #requestId(share: number): string {
    this.#calls += 1;
    return this.#random.integer(100) < share ? `${this.#name}-${this.#calls}` : '';
  }
}

/** Tells whether a call can be sent again to learn what became of it. */
export function canBeAsked({ call, outcome }: CallRecord): boolean {
  return outcome?.kind === 'unknown' && call.requestId !== '' && !isRead(call);
}
