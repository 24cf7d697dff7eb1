import { OUTAGE_SILENCE_MS, type Outage, type StoreTime } from '../../model/store-time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import type { Presence } from '../../ports/presence.ts';
import type { StoreClock } from './store-clock.ts';
import { storeUnavailable } from './store-unavailable.ts';

/** How old a sample of the store's clock may be, in ms. */
const SAMPLE_AGE_MS = 30_000;

/** What the clock of a shared store works with. */
export interface SharedClockOptions {
  instanceId: string;
  clock: Clock;
  presence: Presence;
  logger: Logger;
  metrics: Metrics;
  uncertaintyMs: number;
}

/**
 * SharedClock tells the now of a store that several instances share: the store's own clock, sampled every 30 s and
 * advanced by the monotonic clock of this machine, whose wall clock has no say. While this instance has given no sign of
 * life for 30 s it cannot know whether any other did: deadlines are put off until its next sign of life tells.
 */
export class SharedClock implements StoreClock {
  readonly #options: SharedClockOptions;
  #sample: { at: number; monotonicMs: number } | null = null;
  /** The latest now that was told. */
  #toldAt = Number.NEGATIVE_INFINITY;
  /** What all instances together know; null before the first contact. */
  #outages: readonly Outage[] | null = null;
  /** The last own sign of life that the store took. */
  #beatAt: number | null = null;

  constructor(options: SharedClockOptions) {
    this.#options = options;
  }

  time(): StoreTime {
    if (this.#outages === null) throw storeUnavailable();
    const now = this.#now();
    const silence = this.#silenceAt(now);
    const time = { now, uncertaintyMs: this.#options.uncertaintyMs, outages: this.#outages };
    return silence === null ? time : { ...time, silence };
  }

  /** Learns the store's now and the outages that any instance has noted; notes the one that nobody saw the end of. */
  async contact(): Promise<void> {
    await this.#learn();
  }

  async beat(): Promise<void> {
    const { presence, instanceId } = this.#options;
    // The time before it was looked who else is alive: a pause after that is a silence of its own.
    const at = await this.#learn();
    await presence.beat(instanceId, at);
    this.#beatAt = at;
  }

  async close(): Promise<void> {
    if (this.#beatAt === null) return;
    await this.beat().catch((error) =>
      this.#options.logger.warn({ error }, 'the last sign of life could not be given'),
    );
  }

  /** Returns the store's now at its beginning. */
  async #learn(): Promise<number> {
    const { presence } = this.#options;
    if (this.#isSampleDue()) await this.#takeSample();
    const now = this.#now();
    // In this order: an instance notes an outage before it gives the sign of life that hides it.
    const lastSeenAt = await presence.lastSeenAt();
    const outages = await presence.outages();
    if (lastSeenAt !== null && now - lastSeenAt > OUTAGE_SILENCE_MS) {
      outages.push(await this.#note({ from: lastSeenAt, to: now }));
    }
    this.#outages = outages;
    return now;
  }

  async #note(outage: Outage): Promise<Outage> {
    const { presence, logger } = this.#options;
    await presence.addOutage(outage);
    logger.warn({ from: outage.from, to: outage.to }, 'outage: deadlines inside it are put off');
    return outage;
  }

  #isSampleDue(): boolean {
    if (this.#sample === null) return true;
    return this.#options.clock.monotonicMs() - this.#sample.monotonicMs >= SAMPLE_AGE_MS;
  }

  /** The answer is as old as its way back: counted from its arrival, the store's now is never told too early. */
  async #takeSample(): Promise<void> {
    const { presence, clock, metrics } = this.#options;
    const at = await presence.now();
    this.#sample = { at, monotonicMs: clock.monotonicMs() };
    metrics.gauge('threadkeep_clock_offset_seconds', (clock.wallAt() - at) / 1000);
  }

  #now(): number {
    if (this.#sample === null) throw storeUnavailable();
    const sinceMs = this.#options.clock.monotonicMs() - this.#sample.monotonicMs;
    this.#toldAt = Math.max(this.#toldAt, this.#sample.at + Math.floor(sinceMs));
    return this.#toldAt;
  }

  #silenceAt(now: number): Outage | null {
    const isSilent = this.#beatAt !== null && now - this.#beatAt > OUTAGE_SILENCE_MS;
    return isSilent ? { from: this.#beatAt as number, to: now } : null;
  }
}
