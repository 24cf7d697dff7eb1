import { setTimeout as wait } from 'node:timers/promises';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { SessionHead } from '../../../gen/threadkeep/v1/session_pb.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { isToBeTriedAgain, reasonOf } from '../instances/failure.ts';
import type { Sessions } from '../instances/instance.ts';

/** Promised is what the answers about one generation of one life granted: no earlier end than these instants. */
export interface Promised {
  dormantAt: number;
  expireAt: number;
}

/** What a life needs: the instance to call next, and chance. */
export interface ShortLivesOptions {
  choose(): Sessions;
  random: SeededRandom;
  /** Begins every id. */
  name: string;
}

/** How long before its expiry each session is warned of it, in ms. */
export const EXPIRING_LEAD_MS = 400;

const DEADLINE_MS = 4000;
const RETRY_AFTER_MS = 100;
const GIVE_UP_AFTER_MS = 120_000;
const USERS = ['ada', 'bob', 'eve'];
const OVER: ReadonlySet<string | null> = new Set(['SESSION_EXPIRED', 'SESSION_ENDED', 'SESSION_NOT_FOUND']);

/**
 * ShortLives starts sessions with TTLs of 1 to 5 s on any instance, touches, ends and deletes them, and sends every call
 * again, with its request id, until it is answered. What it was answered is the witness against the log.
 */
export class ShortLives {
  /** How often each id was started. */
  readonly lives = new Map<string, number>();
  /** The ids of which a Start was sent more than once: it may have begun a life more, once the first was purged. */
  readonly startedAgain = new Set<string>();
  /** What was promised, by `promiseKey`. */
  readonly promised = new Map<string, Promised>();
  /** The sessions whose End was answered. */
  readonly ended = new Set<string>();
  /** Calls that were answered, and of those the ones that were sent more than once. */
  calls = 0;
  retried = 0;
  readonly #options: ShortLivesOptions;
  #requests = 0;

  constructor(options: ShortLivesOptions) {
    this.#options = options;
  }

  /** Lives one session after the other until `isOver`. */
  async run(isOver: () => boolean): Promise<void> {
    const { name, random } = this.#options;
    for (let count = 0; !isOver(); count += 1) {
      const sessionId = `${name}-${count}`;
      await this.#live(sessionId);
      if (random.integer(4) === 0 && (await this.#delete(sessionId))) await this.#live(sessionId);
    }
  }

  async #live(sessionId: string): Promise<void> {
    const { random } = this.#options;
    await this.#start(sessionId);
    for (let turn = random.integer(4); turn > 0; turn -= 1) {
      await wait(100 + random.integer(1400));
      await this.#touch(sessionId);
    }
    if (random.integer(3) === 0) await this.#end(sessionId);
  }

  async #start(sessionId: string): Promise<void> {
    const { random } = this.#options;
    const ttlMs = 1000 + random.integer(4000);
    const [ttl, dormantAfter] = [span(ttlMs), span(200 + random.integer(ttlMs - 200))];
    const terms = { ttl, dormantAfter, expiringLead: span(EXPIRING_LEAD_MS) };
    const request = { sessionId, requestId: this.#requestId(), userId: random.pick(USERS), ...terms };
    const retriedBefore = this.retried;
    const answer = await this.#send((sessions, options) => sessions.start(request, options));
    this.lives.set(sessionId, (this.lives.get(sessionId) ?? 0) + 1);
    if (this.retried > retriedBefore) this.startedAgain.add(sessionId);
    this.#note(sessionId, answer?.head);
  }

  async #touch(sessionId: string): Promise<void> {
    const request = { sessionId, requestId: this.#requestId() };
    this.#note(sessionId, (await this.#send((sessions, options) => sessions.touch(request, options)))?.head);
  }

  async #end(sessionId: string): Promise<void> {
    const request = { sessionId, requestId: this.#requestId() };
    const answer = await this.#send((sessions, options) => sessions.end(request, options));
    if (answer !== null) this.ended.add(sessionId);
  }

  async #delete(sessionId: string): Promise<boolean> {
    const request = { sessionId, requestId: this.#requestId() };
    return (await this.#send((sessions, options) => sessions.delete(request, options))) !== null;
  }

  /** Sends until it is answered; null where the session is over. */
  async #send<Answer>(
    call: (sessions: Sessions, options: { timeoutMs: number }) => Promise<Answer>,
  ): Promise<Answer | null> {
    const giveUpAtMs = performance.now() + GIVE_UP_AFTER_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await call(this.#options.choose(), { timeoutMs: DEADLINE_MS });
        this.#count(attempt);
        return answer;
      } catch (error) {
        if (OVER.has(reasonOf(error))) {
          this.#count(attempt);
          return null;
        }
        if (!isToBeTriedAgain(error) || performance.now() > giveUpAtMs) throw error;
      }
      await wait(RETRY_AFTER_MS);
    }
  }

  #count(attempts: number): void {
    this.calls += 1;
    if (attempts > 1) this.retried += 1;
  }

  #note(sessionId: string, head: SessionHead | undefined): void {
    if (head?.dormantTime === undefined || head.expireTime === undefined) return;
    const key = promiseKey(sessionId, this.lives.get(sessionId) ?? 0, head.generation);
    const [dormantAt, expireAt] = [timestampMs(head.dormantTime), timestampMs(head.expireTime)];
    const before = this.promised.get(key) ?? { dormantAt: 0, expireAt: 0 };
    const latest = { dormantAt: Math.max(dormantAt, before.dormantAt), expireAt: Math.max(expireAt, before.expireAt) };
    this.promised.set(key, latest);
  }

  #requestId(): string {
    this.#requests += 1;
    return `${this.#options.name}-request-${this.#requests}`;
  }
}

/** Names a generation of a session's life, the first being 1. */
export function promiseKey(sessionId: string, life: number, generation: number): string {
  return `${sessionId}/${life}/${generation}`;
}

function span(ms: number) {
  return { seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 };
}
