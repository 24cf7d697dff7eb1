import type { Entry } from './entry.ts';

/** Flight is one load or commit of a session between its sending and its answer. */
export interface Flight {
  /** Monotonic ms. */
  readonly sentAtMs: number;
  /** True once a commit of this process was answered meanwhile: what the flight brings may be from before it. */
  isOvertaken: boolean;
  /** What a load of everything will bring, for others that may have it; null = nothing to keep. Never rejects. */
  entry?: Promise<Entry | null>;
}

/**
 * Flights knows what is under way, by key. Whatever was sent before an own commit was answered must not go onto the
 * shelf after it: this process reads its own writes.
 */
export class Flights {
  readonly #underWay = new Map<string, Set<Flight>>();

  open(key: string, sentAtMs: number): Flight {
    const flight: Flight = { sentAtMs, isOvertaken: false };
    const others = this.#underWay.get(key);
    if (others === undefined) this.#underWay.set(key, new Set([flight]));
    else others.add(flight);
    return flight;
  }

  close(key: string, flight: Flight): void {
    const all = this.#underWay.get(key);
    all?.delete(flight);
    if (all?.size === 0) this.#underWay.delete(key);
  }

  /** Notes that a commit was answered, whatever came of it. */
  overtake(key: string): void {
    for (const flight of this.#underWay.get(key) ?? []) flight.isOvertaken = true;
  }

  /** Finds a load of everything that was sent no earlier than an instant and is not overtaken. */
  findLoad(key: string, sentSinceMs: number): Flight | undefined {
    for (const flight of this.#underWay.get(key) ?? []) {
      if (flight.entry !== undefined && !flight.isOvertaken && flight.sentAtMs >= sentSinceMs) return flight;
    }
    return undefined;
  }
}
