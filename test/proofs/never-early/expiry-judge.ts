import type { Basis } from '../../../src/model/basis.ts';
import type { SessionEvent } from '../../../src/model/event.ts';
import type { SessionHead } from '../../../src/operations/session-head.ts';
import type { Store } from '../../../src/ports/store.ts';
import { replace } from '../../contract/replace.ts';

/** ServerClock is the store's own clock, with when a deadline counts there: later, where an outage puts it off. */
export interface ServerClock {
  now(): Promise<number> | number;
  effectiveAt?(deadlineAt: number): number;
}

/** ExpiryJudge holds what time does to sessions to what was promised, by the server's own clock. */
export class ExpiryJudge {
  readonly violations: string[] = [];
  /** How late after its deadline each event was committed, in ms. */
  readonly latenessMs: number[] = [];
  readonly #clock: ServerClock;
  readonly #granted = new Map<string, Pick<SessionHead, 'dormantAt' | 'expireAt'>>();
  readonly #expired = new Map<string, number>();

  constructor(clock: ServerClock) {
    this.#clock = clock;
  }

  /** How many sessions have expired. */
  get expired(): number {
    return this.#expired.size;
  }

  /** Notes what an access was answered: no earlier end than these deadlines. */
  grant({ sessionId, dormantAt, expireAt }: SessionHead): void {
    const before = this.#granted.get(sessionId);
    const later = (one: number | null = null, other: number | null) => Math.max(one ?? 0, other ?? 0);
    this.#granted.set(sessionId, {
      dormantAt: later(before?.dormantAt, dormantAt),
      expireAt: later(before?.expireAt, expireAt),
    });
  }

  /** Holds a refusal as expired to the clock: what is refused before its deadline was refused early. */
  async refuse(sessionId: string): Promise<void> {
    const dueAt = this.#due(this.#granted.get(sessionId)?.expireAt ?? 0);
    const aheadMs = dueAt - (await this.#clock.now());
    if (aheadMs > 0) this.violations.push(`${sessionId} was refused as expired ${aheadMs} ms early`);
  }

  /** Returns a store whose commits are judged: each is sent after the server's clock was asked, so it happens no earlier. */
  watch(store: Store): Store {
    const sessions = replace(store.sessions, ({ commit }) => ({
      commit: async (basis, changes, events, signal) => {
        const timed = events.filter(({ kind }) => kind !== 'ENDED' && kind !== 'DELETED');
        if (timed.length === 0) return commit(basis, changes, events, signal);
        const sentAt = await this.#clock.now();
        const granted = { ...this.#granted.get(basis.sessionId) };
        const outcome = await commit(basis, changes, events, signal);
        if (outcome === 'committed') for (const event of timed) this.#judge(event, basis, sentAt, granted);
        return outcome;
      },
    }));
    return replace(store, () => ({ sessions }));
  }

  #judge(
    { kind, sessionId, deadlineAt }: SessionEvent,
    { header }: Basis,
    sentAt: number,
    granted: Partial<Pick<SessionHead, 'dormantAt' | 'expireAt'>>,
  ): void {
    const leadMs = kind === 'EXPIRING' ? (header?.terms.expiringLeadMs ?? 0) : 0;
    const lateMs = sentAt - this.#due(deadlineAt - leadMs);
    this.latenessMs.push(lateMs);
    if (lateMs < 0) this.violations.push(`${kind} of ${sessionId} came ${-lateMs} ms early`);
    const promisedAt = (kind === 'DORMANT' ? granted.dormantAt : granted.expireAt) ?? 0;
    const shortMs = promisedAt - this.#due(deadlineAt);
    if (shortMs > 0)
      this.violations.push(`${kind} of ${sessionId} came for a deadline ${shortMs} ms before the granted`);
    if (kind === 'EXPIRED') this.#expire(sessionId);
  }

  #expire(sessionId: string): void {
    const times = (this.#expired.get(sessionId) ?? 0) + 1;
    this.#expired.set(sessionId, times);
    if (times > 1) this.violations.push(`${sessionId} expired ${times} times`);
  }

  #due(deadlineAt: number): number {
    return this.#clock.effectiveAt?.(deadlineAt) ?? deadlineAt;
  }
}

const BOUNDS_MS = [0, 1000, 1250, 1500, 2000, 3000, 5000, 10_000, Number.POSITIVE_INFINITY];

/** Counts lateness by span, for people: `1.0–1.25 s: 7, …`. */
export function histogramOf(latenessMs: readonly number[]): string {
  const spans = BOUNDS_MS.slice(1).map((to, place) => ({ from: BOUNDS_MS[place] as number, to }));
  return spans
    .map(({ from, to }) => ({ from, to, count: latenessMs.filter((late) => late >= from && late < to).length }))
    .filter(({ count }) => count > 0)
    .map(({ from, to, count }) => `${from / 1000}–${Number.isFinite(to) ? to / 1000 : '…'} s: ${count}`)
    .join(', ');
}
