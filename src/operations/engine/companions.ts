import type { QueuedCall } from './queued-call.ts';

/** So many calls wait for company at most; those that come then go at once. */
const COMPANIONS_MAX = 10_000;

/** Companions are calls in no hurry: each waits for another call of its session, to share its commit. One a session, the latest. */
export class Companions {
  readonly #waiting = new Map<string, { call: QueuedCall; timer: NodeJS.Timeout }>();

  /** Lets a call wait, and lets it go by itself when nobody came for `patienceMs`. False = too many wait. */
  wait(key: string, call: QueuedCall, patienceMs: number, go: () => void): boolean {
    this.take(key)?.giveUp(new Error('a later call of its kind took its place'));
    if (this.#waiting.size >= COMPANIONS_MAX) return false;
    const timer = setTimeout(() => {
      this.#waiting.delete(key);
      go();
    }, patienceMs);
    this.#waiting.set(key, { call, timer: timer.unref() });
    return true;
  }

  /** Takes the call that waits for company of a session; null when none does. */
  take(key: string): QueuedCall | null {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return null;
    clearTimeout(waiting.timer);
    this.#waiting.delete(key);
    return waiting.call;
  }

  /** Rejects all that wait. */
  close(fault: Error): void {
    for (const key of [...this.#waiting.keys()]) this.take(key)?.reject(fault);
  }
}
