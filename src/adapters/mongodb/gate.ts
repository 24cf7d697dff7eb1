import { SessionError } from '../../model/session-error.ts';

/** Gate lets calls through until it is shut, and knows which are still inside. */
export class Gate {
  readonly #inside = new Set<Promise<unknown>>();
  #isShut = false;

  /** Throws STORE_UNAVAILABLE once the gate is shut. */
  enter(): void {
    if (this.#isShut) throw new SessionError('STORE_UNAVAILABLE', 'the MongoDB store is closed; open another one');
  }

  /** Follows a call until it ends. */
  async follow<Result>(call: () => Promise<Result>): Promise<Result> {
    this.enter();
    const running = call();
    this.#inside.add(running);
    try {
      return await running;
    } finally {
      this.#inside.delete(running);
    }
  }

  /** Returns a noun whose calls all go through the gate, and first through what must be there before them: null = it is. */
  guard<Noun extends object>(noun: Noun, preparing: () => Promise<void> | null = () => null): Noun {
    return new Proxy(noun, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...parameters: unknown[]) => this.#pass(() => member.apply(target, parameters), preparing);
      },
    });
  }

  /** Lets nothing more in and resolves when all that is inside has ended. */
  async shut(): Promise<void> {
    this.#isShut = true;
    await Promise.allSettled(this.#inside);
  }

  /** What is no promise has ended already. A refusal rejects, as that of any call of a store does. */
  #pass(call: () => unknown, preparing: () => Promise<void> | null): unknown {
    if (this.#isShut) return this.follow(async () => {});
    const prepared = preparing();
    if (prepared !== null) return this.follow(() => prepared.then(call));
    const answer = call();
    return answer instanceof Promise ? this.follow(() => answer) : answer;
  }
}
