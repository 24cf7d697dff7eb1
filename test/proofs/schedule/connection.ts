import { OutcomeUnknown } from '../../../src/adapters/mongodb/database/errors.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import type { Happening, Simulation } from './simulation.ts';
import { drawDelay, happens, type Weather } from './weather.ts';

/** How long an instance waits for an answer, in ms. */
const TIMEOUT_MS = 2500;

/** RemoteCall is one round trip: what it is called in a trace, and what it does on arrival. */
export interface RemoteCall<Answer> {
  name: string;
  isWrite: boolean;
  signal?: AbortSignal | undefined;
  /** Does it at once; `partly` asks for a beginning of it, where it is not one write. */
  perform(partly: boolean): Answer;
}

/**
 * Connection carries one instance's calls to what it shares with the others: each takes its time, can be lost before or
 * after it is done, and be done long after its sender stopped waiting, was paused, or died.
 */
export class Connection {
  readonly name: string;
  weather: Weather;
  readonly #simulation: Simulation;
  readonly #underway = new Set<Happening>();
  #pausedUntilMs = 0;
  #isDead = false;

  constructor(simulation: Simulation, name: string, weather: Weather) {
    this.#simulation = simulation;
    this.name = name;
    this.weather = weather;
  }

  /** True when the names of calls are read. */
  get isTraced(): boolean {
    return this.#simulation.isTraced;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Holds back everything that the instance sends or is told, for a while. */
  pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#simulation.nowMs + ms);
  }

  /** Ends the instance: nothing is answered any more, and of what is under way some is lost and some is done late. */
  kill(): void {
    const { random } = this.#simulation;
    this.#isDead = true;
    for (const happening of this.#underway) if (random.integer(2) === 0) this.#simulation.cancel(happening);
  }

  /** Makes a call; a dead instance's never ends. */
  call<Answer>(call: RemoteCall<Answer>): Promise<Answer> {
    call.signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      if (this.#isDead) return;
      let isOver = false;
      const end = (settle: () => void) =>
        this.#deliver(() => {
          if (isOver) return;
          isOver = true;
          this.#simulation.cancel(timeout);
          settle();
        });
      const startMs = Math.max(0, this.#pausedUntilMs - this.#simulation.nowMs);
      const timeout = this.#simulation.after(startMs + TIMEOUT_MS, () => end(() => reject(this.#silence(call))));
      if (!call.isWrite) call.signal?.addEventListener('abort', () => end(() => reject(call.signal?.reason)));
      const arrival = this.#simulation.after(startMs + drawDelay(this.weather, this.#simulation.random), () => {
        this.#underway.delete(arrival);
        this.#arrive(call, { resolve, reject, end });
      });
      this.#underway.add(arrival);
    });
  }

  #arrive<Answer>(call: RemoteCall<Answer>, { resolve, reject, end }: Ending<Answer>): void {
    const { random } = this.#simulation;
    const { weather } = this;
    const wayBackMs = drawDelay(weather, random);
    const answer = (settle: () => void) => this.#simulation.after(wayBackMs, () => end(settle));
    if (happens(weather.lostCall, random)) {
      this.#simulation.note(() => `${this.name} ${call.name} never arrives`);
      answer(() => reject(random.integer(2) === 0 ? this.#silence(call) : unreachable()));
      return;
    }
    const isAnswerLost = happens(weather.lostAnswer, random);
    try {
      const done = call.perform(isAnswerLost && random.integer(2) === 0);
      this.#simulation.note(() => `${this.name} ${call.name} → ${isAnswerLost ? 'answer lost' : brief(done)}`);
      answer(() => (isAnswerLost ? reject(this.#silence(call)) : resolve(done)));
    } catch (error) {
      this.#simulation.note(() => `${this.name} ${call.name} → ${String(error)}`);
      answer(() => reject(isAnswerLost ? this.#silence(call) : error));
    }
  }

  #deliver(action: () => void): void {
    if (this.#isDead) return;
    const pauseMs = this.#pausedUntilMs - this.#simulation.nowMs;
    if (pauseMs > 0) this.#simulation.after(pauseMs, () => this.#deliver(action));
    else action();
  }

  #silence({ isWrite, name }: RemoteCall<unknown>): Error {
    return isWrite ? new OutcomeUnknown(`nobody knows what became of ${name}`) : unreachable();
  }
}

interface Ending<Answer> {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
  end(settle: () => void): void;
}

function unreachable(): SessionError {
  return new SessionError('STORE_UNAVAILABLE', 'the fake server cannot be reached', { retryAfterMs: 1000 });
}

function brief(answer: unknown): string {
  const text = JSON.stringify(answer) ?? 'done';
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
