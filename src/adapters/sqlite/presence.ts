import type { Outage } from '../../model/store-time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Presence } from '../../ports/presence.ts';
import { OUTAGES_KEPT_MS } from './perform-write.ts';
import type { Reader } from './reader.ts';
import type { WriteQueue } from './write-queue.ts';

/** SqlitePresence remembers signs of life and outages in tables of their own. */
export class SqlitePresence implements Presence {
  readonly #reader: Reader;
  readonly #queue: WriteQueue;
  readonly #clock: Pick<Clock, 'wallAt'>;

  constructor(reader: Reader, queue: WriteQueue, clock: Pick<Clock, 'wallAt'>) {
    this.#reader = reader;
    this.#queue = queue;
    this.#clock = clock;
  }

  async beat(instanceId: string, at: number): Promise<void> {
    this.#reader.enter();
    await this.#queue.submit<'beat'>({ kind: 'beat', instanceId, at });
  }

  async lastSeenAt(): Promise<number | null> {
    const sql = 'SELECT max(at) AS at FROM beats';
    return this.#reader.read((connection) => connection.get<{ at: number | null }>(sql)!.at);
  }

  async outages(): Promise<Outage[]> {
    const sql = 'SELECT from_at, to_at FROM outages WHERE to_at >= ? ORDER BY from_at';
    const keptFrom = this.#clock.wallAt() - OUTAGES_KEPT_MS;
    return this.#reader.read((connection) =>
      connection
        .all<{ from_at: number; to_at: number }>(sql, keptFrom)
        .map(({ from_at, to_at }) => ({ from: from_at, to: to_at })),
    );
  }

  async addOutage({ from, to }: Outage): Promise<void> {
    this.#reader.enter();
    await this.#queue.submit<'addOutage'>({ kind: 'addOutage', from, to });
  }
}
