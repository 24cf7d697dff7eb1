import type { Outage } from '../../model/store-time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InstanceSighting, Presence } from '../../ports/presence.ts';
import { compareText } from './compare-text.ts';
import type { MemoryRecords } from './records.ts';

const OUTAGES_KEPT_MS = 7 * 24 * 3_600_000;

/** MemoryPresence remembers signs of life and outages as long as the process lives. */
export class MemoryPresence implements Presence {
  readonly #records: MemoryRecords;
  readonly #clock: Pick<Clock, 'wallAt'>;
  readonly #seenAt = new Map<string, number>();
  #outages: Outage[] = [];

  constructor(records: MemoryRecords, clock: Pick<Clock, 'wallAt'>) {
    this.#records = records;
    this.#clock = clock;
  }

  async now(signal?: AbortSignal): Promise<number> {
    this.#records.enter(signal);
    return this.#clock.wallAt();
  }

  async instances(seenSince: number): Promise<InstanceSighting[]> {
    this.#records.enter();
    return [...this.#seenAt]
      .filter(([, seenAt]) => seenAt >= seenSince)
      .map(([instanceId, seenAt]) => ({ instanceId, seenAt }))
      .sort((one, other) => compareText(one.instanceId, other.instanceId));
  }

  async beat(instanceId: string, at: number): Promise<void> {
    this.#records.enter();
    this.#seenAt.set(instanceId, at);
  }

  async lastSeenAt(): Promise<number | null> {
    this.#records.enter();
    return this.#seenAt.size === 0 ? null : Math.max(...this.#seenAt.values());
  }

  async outages(): Promise<Outage[]> {
    this.#records.enter();
    const keptFrom = this.#clock.wallAt() - OUTAGES_KEPT_MS;
    this.#outages = this.#outages.filter(({ to }) => to >= keptFrom).sort((one, other) => one.from - other.from);
    return structuredClone(this.#outages);
  }

  async addOutage(outage: Outage): Promise<void> {
    this.#records.enter();
    this.#outages.push({ ...outage });
  }
}
