import type { FreshIds } from '../../model/call.ts';
import { runIdFrom, UNIQUE_ID_RANDOM_BYTES, uidFrom } from '../../model/ids.ts';
import type { Random } from '../../ports/random.ts';

/** DrawnIds are drawn when they are asked for: most calls need none. */
export class DrawnIds implements FreshIds {
  readonly #random: Random;
  #uid: string | undefined;
  #runId: string | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  get uid(): string {
    this.#uid ??= uidFrom(this.#random.bytes(UNIQUE_ID_RANDOM_BYTES));
    return this.#uid;
  }

  get runId(): string {
    this.#runId ??= runIdFrom(this.#random.bytes(UNIQUE_ID_RANDOM_BYTES));
    return this.#runId;
  }
}
