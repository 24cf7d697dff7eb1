import type { Outage } from '../model/store-time.ts';

/** Presence remembers when any instance last gave a sign of life, from which outages are known. */
export interface Presence {
  /** Notes a sign of life of this instance; need not be durable at once. */
  beat(instanceId: string, at: number): Promise<void>;

  /** Reads the newest sign of life of any instance; null on a new store. */
  lastSeenAt(): Promise<number | null>;

  /** Reads the outages of the last 7 days, oldest first. */
  outages(): Promise<Outage[]>;

  /** Remembers an outage, durably. */
  addOutage(outage: Outage): Promise<void>;
}
