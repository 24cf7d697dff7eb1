import type { Outage, StoreTime } from '../../model/store-time.ts';
import { OUTAGE_SILENCE_MS } from '../../model/store-time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Presence } from '../../ports/presence.ts';
import type { StoreClock } from './store-clock.ts';

/** A wall clock that runs ahead of the monotonic one by more than this counts as an outage, in ms. */
const WALL_JUMP_MS = 5000;

/** What the clock of an exclusive store works with. */
export interface EmbeddedClockOptions {
  instanceId: string;
  clock: Clock;
  presence: Presence;
  logger: Logger;
}

/**
 * EmbeddedClock tells the now of a store that has one process: its wall clock's, advanced by the monotonic clock, never
 * back, after a restart never before the last sign of life. A forward jump of the wall clock and a silence of 30 s are
 * outages.
 */
export class EmbeddedClock implements StoreClock {
  readonly #options: EmbeddedClockOptions;
  readonly #outages: Outage[];
  readonly #unsaved: Outage[] = [];
  #saving: Promise<void> = Promise.resolve();
  /** The store's now at a reading of the monotonic clock. */
  #reading: { at: number; monotonicMs: number };
  /** The last sign of life, while signs are given. */
  #beat: { at: number; monotonicMs: number } | null = null;

  private constructor(options: EmbeddedClockOptions, at: number, outages: Outage[]) {
    this.#options = options;
    this.#outages = outages;
    this.#reading = { at, monotonicMs: options.clock.monotonicMs() };
  }

  /** Reads when life was last seen, and remembers the outage since then if it was one. */
  static async open(options: EmbeddedClockOptions): Promise<EmbeddedClock> {
    const { presence, clock } = options;
    const [lastSeenAt, outages] = await Promise.all([presence.lastSeenAt(), presence.outages()]);
    const now = Math.max(clock.wallAt(), lastSeenAt ?? 0);
    const storeClock = new EmbeddedClock(options, now, [...outages]);
    if (lastSeenAt !== null && now - lastSeenAt > OUTAGE_SILENCE_MS) {
      storeClock.#note({ from: lastSeenAt, to: now });
      await storeClock.#save();
    }
    return storeClock;
  }

  /** Looks first whether the clocks or this process have jumped. */
  time(): StoreTime {
    const { clock } = this.#options;
    // In this order, a pause between the two readings never puts the store's now ahead for good.
    const wallAt = clock.wallAt();
    const monotonicMs = clock.monotonicMs();
    const expectedAt = this.#reading.at + Math.floor(monotonicMs - this.#reading.monotonicMs);
    const now = Math.max(expectedAt, wallAt);
    const isSilent = this.#beat !== null && monotonicMs - this.#beat.monotonicMs > OUTAGE_SILENCE_MS;
    if (isSilent && this.#beat !== null) this.#note({ from: this.#beat.at, to: now });
    else if (wallAt - expectedAt > WALL_JUMP_MS) this.#note({ from: expectedAt, to: now });
    if (isSilent) this.#beat = { at: now, monotonicMs };
    if (wallAt > expectedAt) this.#reading = { at: wallAt, monotonicMs };
    return { now, uncertaintyMs: 0, outages: this.#outages };
  }

  async beat(): Promise<void> {
    const { presence, instanceId, clock } = this.#options;
    const { now } = this.time();
    const monotonicMs = clock.monotonicMs();
    await this.#save();
    await presence.beat(instanceId, now);
    this.#beat = { at: now, monotonicMs };
  }

  async close(): Promise<void> {
    await this.beat().catch((error) =>
      this.#options.logger.warn({ error }, 'the last sign of life could not be given'),
    );
  }

  #note(outage: Outage): void {
    this.#outages.push(outage);
    this.#unsaved.push(outage);
    this.#options.logger.warn({ from: outage.from, to: outage.to }, 'outage: deadlines inside it are put off');
    this.#save().catch((error) =>
      this.#options.logger.warn({ error }, 'an outage is not durable yet; it is tried again'),
    );
  }

  /** One at a time, so that none is remembered twice; whoever waits knows them all durable. */
  #save(): Promise<void> {
    this.#saving = this.#saving.catch(() => {}).then(() => this.#saveUnsaved());
    return this.#saving;
  }

  async #saveUnsaved(): Promise<void> {
    for (const outage of [...this.#unsaved]) {
      await this.#options.presence.addOutage(outage);
      this.#unsaved.shift();
    }
  }
}
