import type { SessionStatus } from '../../model/session.ts';
import type { StatusCensus } from '../../model/stats/instance-figures.ts';
import type { SessionCursor } from '../../ports/session-store.ts';
import type { MessageSample, SessionSample, StatisticsScope, StatisticsStore } from '../../ports/statistics-store.ts';
import type { Reader } from './reader.ts';
import type { Scanner } from './scans.ts';
import { addCount, addSample, type StatusCount, type Step } from './statistics.ts';

/** SqliteStatisticsStore puts together what the scanner reads in steps. */
export class SqliteStatisticsStore implements StatisticsStore {
  readonly #reader: Reader;
  readonly #scanner: Scanner;

  constructor(reader: Reader, scanner: Scanner) {
    this.#reader = reader;
    this.#scanner = scanner;
  }

  async foldSessions(
    tenant: string,
    scope: StatisticsScope,
    window: { fromAt?: number; toAt?: number },
    fold: (sample: SessionSample) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#eachStep<SessionSample, SessionCursor>(
      (after) => this.#scanner.scan('samples', { tenant, scope, window, after }),
      fold,
      signal,
    );
  }

  async sampleMessages(
    tenant: string,
    scope: StatisticsScope,
    window: { fromAt: number; toAt: number; bucketMs: number },
    signal?: AbortSignal,
  ): Promise<MessageSample[]> {
    const samples = new Map<string, MessageSample>();
    await this.#eachStep<MessageSample, SessionCursor>(
      (after) => this.#scanner.scan('messageSamples', { tenant, scope, window, after }),
      (sample) => addSample(samples, sample),
      signal,
    );
    return [...samples.values()].sort((one, other) => one.bucketAt - other.bucketAt);
  }

  async census(signal?: AbortSignal): Promise<StatusCensus[]> {
    const counts = new Map<SessionStatus, StatusCount>();
    await this.#eachStep<StatusCount, number>(
      (after) => this.#scanner.scan('census', after ?? 0),
      (count) => addCount(counts, count),
      signal,
    );
    return [...counts.values()].map(({ accessSum, ...count }) => ({
      ...count,
      meanAccessAt: accessSum / count.sessionCount,
    }));
  }

  async #eachStep<Item, Place>(
    read: (after: Place | null) => Promise<Step<Item, Place>>,
    take: (item: Item) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let after: Place | null = null;
    do {
      this.#reader.enter(signal);
      const step: Step<Item, Place> = await read(after);
      for (const item of step.items) take(item);
      after = step.next;
    } while (after !== null);
  }
}
