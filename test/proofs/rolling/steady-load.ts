import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { Role } from '../../../gen/threadkeep/v1/message_pb.ts';
import { SessionService } from '../../../gen/threadkeep/v1/session_service_pb.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { GrpcCaller } from '../instances/grpc-caller.ts';

const { start, end, get, addMessage, buildContext } = SessionService.method;
/** So few that what is read is often fresh in the memory of both instances, so many that both seldom write to the same one at once. */
const SESSIONS = 150;
const MESSAGES_AT_FIRST = 5;
/** What each caller makes: six callers make 30 calls a second. */
const CALLS_A_SECOND = 5;
/** Of so many callers one appends. */
const CALLERS_PER_APPENDER = 6;
const DEADLINE_MS = 10_000;
/** An instance may answer from its memory what another has changed less than 2 s ago. */
const STALENESS_MS = 2500;

/** SteadyLoadOptions says how many callers there are, and what they call through. */
export interface SteadyLoadOptions {
  caller: GrpcCaller;
  callers: number;
  random: SeededRandom;
}

/**
 * SteadyLoad makes five calls a second per caller: one caller in six appends, one starts and ends sessions, the others
 * read. It forgives none that fails.
 */
export class SteadyLoad {
  readonly #caller: GrpcCaller;
  readonly #random: SeededRandom;
  /** The messages of each session that were acknowledged. */
  readonly #appended = new Map<string, number>();
  readonly failures: string[] = [];
  /** The sessions that were ended: one event each. */
  readonly ended: string[] = [];
  readonly #begun = new Map<number, string>();
  calls = 0;
  slowestMs = 0;
  #requests = 0;
  #isOver = false;
  #running: Promise<unknown> = Promise.resolve();

  readonly #callers: number;

  constructor({ caller, callers, random }: SteadyLoadOptions) {
    this.#caller = caller;
    this.#callers = callers;
    this.#random = random;
  }

  /** Makes the sessions, and begins. */
  async begin(): Promise<void> {
    const numbers = Array.from({ length: SESSIONS }, (_, number) => number).values();
    const beginOne = async () => {
      for (const number of numbers) await this.#beginSession(`session-${number}`);
    };
    await Promise.all(Array.from({ length: this.#callers }, beginOne));
    this.calls = 0;
    this.#running = Promise.all(Array.from({ length: this.#callers }, (_, place) => this.#callOn(place)));
  }

  async #beginSession(sessionId: string): Promise<void> {
    await this.#caller.call(start, { sessionId, requestId: this.#requestId() }, { deadlineMs: DEADLINE_MS });
    this.#appended.set(sessionId, 0);
    for (let message = 0; message < MESSAGES_AT_FIRST; message += 1) await this.#append(sessionId);
  }

  /** Ends when what is under way is answered. */
  async finish(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  /** Holds what each session has to what was acknowledged: nothing lost, nothing doubled by a retry. */
  async audit(): Promise<void> {
    await wait(STALENESS_MS);
    for (const [sessionId, count] of this.#appended) {
      const { head } = await this.#caller.call(get, { sessionId, peek: true }, { deadlineMs: DEADLINE_MS });
      assert.equal(head?.lastSequence, count, `${sessionId} does not hold what was acknowledged`);
    }
  }

  async #callOn(place: number): Promise<void> {
    const everyMs = 1000 / CALLS_A_SECOND;
    let nextAtMs = performance.now() + (place * everyMs) / this.#callers;
    while (!this.#isOver) {
      const pauseMs = nextAtMs - performance.now();
      if (pauseMs > 0) await wait(pauseMs);
      await this.#callOnce(place).catch((error: Error) => this.failures.push(error.message));
      nextAtMs = Math.max(nextAtMs + everyMs, performance.now() - everyMs);
    }
  }

  async #callOnce(place: number): Promise<void> {
    const sessionId = this.#random.pick([...this.#appended.keys()]);
    const options = { deadlineMs: DEADLINE_MS };
    if (place % CALLERS_PER_APPENDER === 0) await this.#append(sessionId);
    else if (place === 1) await this.#startOrEnd(place);
    else if (this.#random.integer(2) === 0)
      await this.#timed(this.#caller.call(buildContext, { sessionId, peek: true }, options));
    else await this.#timed(this.#caller.call(get, { sessionId, peek: true }, options));
  }

  async #append(sessionId: string): Promise<void> {
    const requestId = this.#requestId();
    const parts = [{ content: { case: 'text' as const, value: `message ${requestId}` } }];
    // Counted by the caller: else each context would have the counts kept, which is a second write for each message.
    const request = { sessionId, requestId, message: { role: Role.USER, parts, tokenCount: 3 } };
    await this.#timed(this.#caller.call(addMessage, request, { deadlineMs: DEADLINE_MS }));
    this.#appended.set(sessionId, (this.#appended.get(sessionId) ?? 0) + 1);
  }

  async #startOrEnd(place: number): Promise<void> {
    const requestId = this.#requestId();
    const options = { deadlineMs: DEADLINE_MS };
    const begun = this.#begun.get(place);
    if (begun === undefined) {
      const sessionId = `short-${requestId}`;
      await this.#timed(this.#caller.call(start, { sessionId, requestId }, options));
      this.#begun.set(place, sessionId);
    } else {
      await this.#timed(this.#caller.call(end, { sessionId: begun, requestId }, options));
      this.#begun.delete(place);
      this.ended.push(begun);
    }
  }

  async #timed(answer: Promise<unknown>): Promise<void> {
    const sentMs = performance.now();
    await answer;
    this.calls += 1;
    this.slowestMs = Math.max(this.slowestMs, performance.now() - sentMs);
  }

  #requestId(): string {
    this.#requests += 1;
    return `request-${this.#requests}`;
  }
}
