import type { EventRow } from '../../model/event.ts';
import { positionAfter, type WatchPosition } from '../../model/watch-token.ts';
import type { Store } from '../../ports/store.ts';
import { areContiguous, logHole } from './contiguous-rows.ts';
import { type EventTail, ROWS_PER_READ } from './event-tail.ts';
import { Wakeup } from './wakeup.ts';
import { compacted, positionAt } from './watch-position.ts';

/** What a reader works with. */
export interface EventReaderOptions {
  store: Store;
  tenant: string;
  tail: EventTail;
  position: WatchPosition;
  tokenOf(position: WatchPosition): string;
  /** Ends the reader. */
  signal: AbortSignal;
}

/** EventReader pulls a tenant's rows in order at its own pace: from the tail's ring, or from the store where it is behind. */
export class EventReader {
  readonly #options: EventReaderOptions;
  readonly #wakeup: Wakeup;
  #position: WatchPosition;

  constructor(options: EventReaderOptions) {
    this.#options = options;
    this.#wakeup = new Wakeup(options.signal);
    this.#position = options.position;
    const unsubscribe = options.tail.subscribe(this.#wakeup.wake);
    options.signal.addEventListener('abort', unsubscribe, { once: true });
  }

  /** Right after the last row that was read. */
  get position(): WatchPosition {
    return this.#position;
  }

  /** Ends a wait for rows before its time. */
  readonly wake = (): void => this.#wakeup.wake();

  /** Returns the next rows; none when the reader was woken for nothing, null when nothing came for `timeoutMs`. */
  async next(timeoutMs: number): Promise<EventRow[] | null> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    let rows = this.#rowsAtHand() ?? (await this.#rowsBehind());
    if (rows.length === 0) {
      if (!(await this.#wakeup.sleep(timeoutMs))) return null;
      rows = this.#rowsAtHand() ?? (await this.#rowsBehind());
    }
    const last = rows.at(-1);
    if (last !== undefined) this.#position = positionAfter(last);
    return rows;
  }

  /** Null where the tail does not reach back to the reader. */
  #rowsAtHand(): EventRow[] | null {
    const rows = this.#options.tail.rowsAfter(this.#position.number);
    return rows === null ? null : this.#checked(rows);
  }

  #checked(rows: EventRow[]): EventRow[] {
    const { number } = this.#position;
    if (!areContiguous(rows, number)) throw logHole(this.#options.tenant, number);
    return rows;
  }

  /** The tail has seen rows after the reader's, so that there must be some: the compactor may have overtaken the reader. */
  async #rowsBehind(): Promise<EventRow[]> {
    const { store, tenant, signal } = this.#options;
    const { number } = this.#position;
    const rows = await store.events.read(tenant, number, ROWS_PER_READ, signal);
    if (rows[0]?.number === number + 1) return this.#checked(rows);
    const { firstNumber } = await store.events.bounds(tenant, signal);
    if (firstNumber <= number + 1) throw logHole(tenant, number);
    throw compacted(this.#options.tokenOf(await positionAt(store.events, tenant, firstNumber - 1)));
  }
}
