import type { Outage } from '../model/store-time.ts';

/** InstanceSighting tells when an instance last gave a sign of life, by the store's now. */
export interface InstanceSighting {
  instanceId: string;
  seenAt: number;
}

/** Presence is what the instances on one store know of each other: its clock, their signs of life, outages. */
export interface Presence {
  /** Asks the store's own clock, in ms since the epoch; the process' where nobody else can write. May step back. */
  now(signal?: AbortSignal): Promise<number>;

  /** Reads which instances gave a sign of life at or after an instant, in the order of their ids. */
  instances(seenSince: number): Promise<InstanceSighting[]>;

  /** Notes a sign of life of this instance; need not be durable at once. */
  beat(instanceId: string, at: number): Promise<void>;

  /** Reads the newest sign of life of any instance; null on a new store. */
  lastSeenAt(): Promise<number | null>;

  /** Reads the outages of the last 7 days, oldest first. */
  outages(): Promise<Outage[]>;

  /** Remembers an outage, durably. */
  addOutage(outage: Outage): Promise<void>;
}
