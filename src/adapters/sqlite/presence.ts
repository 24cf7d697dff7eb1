import type { Outage } from '../../model/store-time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InstanceSighting, Presence } from '../../ports/presence.ts';
import { checkBareRow } from './json-row.ts';
import { OUTAGES_KEPT_MS } from './perform-write.ts';
import type { Reader } from './reader.ts';
import type { WriteQueue } from './write-queue.ts';

/** BeatRow is a row of beats as read. */
export interface BeatRow {
  instance: string;
  at: number;
  crc: number;
}

/** OutageRow is a row of outages as read. */
export interface OutageRow {
  from_at: number;
  to_at: number;
  crc: number;
}

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

  async now(signal?: AbortSignal): Promise<number> {
    this.#reader.enter(signal);
    return this.#clock.wallAt();
  }

  async instances(seenSince: number): Promise<InstanceSighting[]> {
    const rows = await this.#beats();
    return rows
      .filter(({ at }) => at >= seenSince)
      .map(({ instance, at }) => ({ instanceId: instance, seenAt: at }))
      .sort((one, other) => (one.instanceId < other.instanceId ? -1 : 1));
  }

  async beat(instanceId: string, at: number): Promise<void> {
    this.#reader.enter();
    await this.#queue.submit<'beat'>({ kind: 'beat', instanceId, at });
  }

  async lastSeenAt(): Promise<number | null> {
    const rows = await this.#beats();
    return rows.length === 0 ? null : Math.max(...rows.map(({ at }) => at));
  }

  async outages(): Promise<Outage[]> {
    const sql = 'SELECT from_at, to_at, crc FROM outages ORDER BY from_at';
    const keptFrom = this.#clock.wallAt() - OUTAGES_KEPT_MS;
    return this.#reader.read((connection) => {
      const rows = connection.all<OutageRow>(sql);
      for (const { from_at, to_at, crc } of rows) checkBareRow(connection.path, 'outages', [from_at, to_at], crc);
      return rows.filter(({ to_at }) => to_at >= keptFrom).map(({ from_at, to_at }) => ({ from: from_at, to: to_at }));
    });
  }

  async addOutage({ from, to }: Outage): Promise<void> {
    this.#reader.enter();
    await this.#queue.submit<'addOutage'>({ kind: 'addOutage', from, to });
  }

  async #beats(): Promise<BeatRow[]> {
    return this.#reader.read((connection) => {
      const rows = connection.all<BeatRow>('SELECT instance, at, crc FROM beats');
      for (const { instance, at, crc } of rows) checkBareRow(connection.path, 'beats', [instance, at], crc);
      return rows;
    });
  }
}
