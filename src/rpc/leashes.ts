import { SessionError } from '../model/session-error.ts';

/** Leash is a signal that also aborts when its stream is too old or the service drains; release it when the stream ends. */
export interface Leash {
  signal: AbortSignal;
  release(): void;
}

/** Leashes holds the open streams, so that age and drain can end them with DRAINING. */
export class Leashes {
  readonly #ageMaxMs: number;
  readonly #held = new Set<AbortController>();

  constructor(ageMaxMs: number) {
    this.#ageMaxMs = ageMaxMs;
  }

  /** Puts a stream on a leash; a leash lets go by itself when `signal` aborts, even where nobody calls release. */
  take(signal: AbortSignal): Leash {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(tooOld()), this.#ageMaxMs * (0.9 + 0.2 * Math.random()));
    timer.unref();
    const release = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
      this.#held.delete(controller);
    };
    const leave = () => {
      release();
      controller.abort(signal.reason);
    };
    this.#held.add(controller);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave);
    return { signal: controller.signal, release };
  }

  /** Ends all streams for a reason. */
  pullAll(reason: Error): void {
    for (const controller of [...this.#held]) controller.abort(reason);
  }

  /** How many streams are open. */
  get size(): number {
    return this.#held.size;
  }
}

function tooOld(): SessionError {
  return new SessionError('DRAINING', 'the stream has reached its greatest age; open it again where it ended', {
    retryAfterMs: 0,
  });
}
