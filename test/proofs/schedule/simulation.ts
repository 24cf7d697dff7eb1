import { SeededRandom } from '../../support/seeded-random.ts';

/** The machine's own turn of the event loop, whatever is put in place of its timers. */
const turn = globalThis.setImmediate;

/** Happening is what is to happen at an instant of a simulation; it can be taken back. */
export interface Happening {
  readonly atMs: number;
  readonly order: number;
  action: (() => void) | null;
}

/**
 * Simulation is the time of one schedule. Whatever happens outside of the code under test happens as an event of it, one
 * after the other, each after all that the one before it set going has come to rest: a seed decides everything.
 */
export class Simulation {
  readonly random: SeededRandom;
  readonly #queue: Happening[] = [];
  readonly #trace: string[] = [];
  /** True when notes are kept. */
  readonly isTraced: boolean;
  #nowMs = 0;
  #scheduled = 0;
  #steps = 0;

  constructor(seed: number, { isTraced = false } = {}) {
    this.random = new SeededRandom(seed);
    this.isTraced = isTraced;
  }

  /** Ms since the schedule began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Counts what has happened: orders what happens at one instant. */
  get step(): number {
    return this.#steps;
  }

  /** What has happened so far, a line each; empty unless it is traced. */
  get trace(): readonly string[] {
    return this.#trace;
  }

  /** Notes a line of the trace. */
  note(text: () => string): void {
    if (this.isTraced) this.#trace.push(`${this.#nowMs.toFixed(1).padStart(9)} #${this.#steps} ${text()}`);
  }

  /** Lets something happen after a while. */
  after(delayMs: number, action: () => void): Happening {
    this.#scheduled += 1;
    const happening = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#scheduled, action };
    insert(this.#queue, happening);
    return happening;
  }

  /** Takes back what has not happened yet. */
  cancel(happening: Happening): void {
    happening.action = null;
  }

  /** Resolves after a while. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** Lets things happen until a condition holds; answers false where time is over, or nothing is left to happen, before. */
  async runUntil(isDone: () => boolean, endMs: number): Promise<boolean> {
    await settle();
    while (!isDone()) {
      const next = takeFirst(this.#queue);
      if (next === undefined) return false;
      if (next.atMs > endMs) {
        insert(this.#queue, next);
        this.#nowMs = endMs;
        return false;
      }
      if (next.action === null) continue;
      this.#nowMs = next.atMs;
      this.#steps += 1;
      next.action();
      await settle();
    }
    return true;
  }

  /** Lets time jump while nobody is there: what was to happen meanwhile happens after it. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }
}

/** Resolves once every promise that can go on without an event has gone on. */
function settle(): Promise<void> {
  return new Promise((resolve) => turn(resolve));
}

/** The queue is a binary heap by time, then by order. */
function insert(heap: Happening[], happening: Happening): void {
  let place = heap.push(happening) - 1;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    if (!isBefore(happening, heap[parent] as Happening)) break;
    heap[place] = heap[parent] as Happening;
    place = parent;
  }
  heap[place] = happening;
}

function takeFirst(heap: Happening[]): Happening | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let place = 0;
  for (;;) {
    const left = 2 * place + 1;
    if (left >= heap.length) break;
    const right = left + 1;
    const child = right < heap.length && isBefore(heap[right] as Happening, heap[left] as Happening) ? right : left;
    if (!isBefore(heap[child] as Happening, last)) break;
    heap[place] = heap[child] as Happening;
    place = child;
  }
  heap[place] = last;
  return first;
}

function isBefore(first: Happening, second: Happening): boolean {
  return first.atMs < second.atMs || (first.atMs === second.atMs && first.order < second.order);
}
