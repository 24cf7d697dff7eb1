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
    let rows = await this.#rows();
    if (rows.length === 0) {
      if (!(await this.#wakeup.sleep(timeoutMs))) return null;
      rows = await this.#rows();
    }
    const last = rows.at(-1);
    if (last !== undefined) this.#position = positionAfter(last);
    return rows;
  }

  async #rows(): Promise<EventRow[]> {
    const { number } = this.#position;
    const rows = this.#options.tail.rowsAfter(number) ?? (await this.#readBehind(number));
    if (!areContiguous(rows, number)) throw logHole(this.#options.tenant, number);
    return rows;
  }

  /** The tail has seen rows after the number, so that there must be some: the compactor may have overtaken the reader. */
  async #readBehind(number: number): Promise<EventRow[]> {
    const { store, tenant, signal } = this.#options;
    const rows = await store.events.read(tenant, number, ROWS_PER_READ, signal);
    if (rows[0]?.number === number + 1) return rows;
    const { firstNumber } = await store.events.bounds(tenant, signal);
    if (firstNumber <= number + 1) throw logHole(tenant, number);
    throw compacted(this.#options.tokenOf(await positionAt(store.events, tenant, firstNumber - 1)));
  }
}
