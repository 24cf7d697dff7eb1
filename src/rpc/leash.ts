import { SessionError } from '../model/session-error.ts';
import { TIMER_MAX_MS } from './granted-timeout.ts';

/** Leash is a signal that also aborts when time is up or somebody pulls; release it when what it holds is over. */
export interface Leash {
  signal: AbortSignal;
  pull(reason: Error): void;
  release(): void;
}

/** TimeLimit is a span from now, in ms, and what it means when it is over. */
export interface TimeLimit {
  ms: number;
  /** Who does not stop when the span is over is not waited for any longer than this, in ms. */
  graceMs: number;
  reason(): Error;
}

/** Makes a leash, which lets go by itself when `signal` aborts, even where nobody calls release. */
export function createLeash(signal: AbortSignal, limit: TimeLimit | null, onRelease: () => void = () => {}): Leash {
  const controller = new AbortController();
  const pull = (reason: Error) => controller.abort(reason);
  const timer = limit === null ? undefined : setTimeout(() => pull(limit.reason()), Math.min(limit.ms, TIMER_MAX_MS));
  const release = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
    onRelease();
  };
  const leave = () => {
    release();
    controller.abort(signal.reason);
  };
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave);
  return { signal: controller.signal, pull, release };
}

/** StreamLeashes holds the open streams, so that their age and a drain can end them with DRAINING. */
export class StreamLeashes {
  readonly #ageMaxMs: number;
  readonly #held = new Set<Leash>();

  constructor(ageMaxMs: number) {
    this.#ageMaxMs = ageMaxMs;
  }

  /** Puts a stream on a leash, which ends it at its greatest age ± 10 %, or at the caller's own limit if that is sooner. */
  take(signal: AbortSignal, deadline: TimeLimit | null): Leash {
    const age: TimeLimit = { ms: this.#ageMaxMs * (0.9 + 0.2 * Math.random()), graceMs: 0, reason: tooOld };
    const limit = deadline !== null && deadline.ms < age.ms ? deadline : age;
    const leash = createLeash(signal, limit, () => this.#held.delete(leash));
    if (!leash.signal.aborted) this.#held.add(leash);
    return leash;
  }

  /** Ends all streams for a reason. */
  pullAll(reason: Error): void {
    for (const leash of [...this.#held]) leash.pull(reason);
  }
}

function tooOld(): SessionError {
  return new SessionError('DRAINING', 'the stream has reached its greatest age; open it again where it ended', {
    retryAfterMs: 0,
  });
}
