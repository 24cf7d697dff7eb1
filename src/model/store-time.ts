/** Outage is a span in which no instance gave a sign of life for 30 s; deadlines inside it count as `to` + 60 s. */
export interface Outage {
  from: number;
  to: number;
}

/** StoreTime is the store's now, in ms, with what decides about deadlines: it never goes back. */
export interface StoreTime {
  now: number;
  /** 0 on an embedded store, 1 s by default on a shared one. */
  uncertaintyMs: number;
  /** Noted in the store, so that every instance puts the same deadlines off. */
  outages: readonly Outage[];
  /** An outage as far as this instance can tell: nothing passes inside it, and nobody is promised that it was one. */
  silence?: Outage;
}

/** How long after the return from an outage the deadlines inside it pass, in ms. */
const OUTAGE_GRACE_MS = 60_000;

/** How long silence must last to count as an outage, in ms. */
export const OUTAGE_SILENCE_MS = 30_000;

/** Tells whether a deadline has passed for reads and sweeps alike (semantics.md: never early). */
export function isPast(deadlineAt: number | null, time: StoreTime): boolean {
  if (deadlineAt === null) return false;
  return time.now - time.uncertaintyMs >= effectiveDeadline(deadlineAt, possibleOutages(time));
}

/** Returns the outages with the silence that may turn out to be one. */
export function possibleOutages({ outages, silence }: StoreTime): readonly Outage[] {
  return silence === undefined ? outages : [...outages, silence];
}

/** Moves a deadline that fell inside an outage to its end plus the grace. */
export function effectiveDeadline(deadlineAt: number, outages: readonly Outage[]): number {
  let effectiveAt = deadlineAt;
  for (const { from, to } of outages) {
    if (effectiveAt >= from && effectiveAt < to + OUTAGE_GRACE_MS) effectiveAt = to + OUTAGE_GRACE_MS;
  }
  return effectiveAt;
}
