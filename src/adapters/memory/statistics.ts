import { isVisible } from '../../model/hidden-ranges.ts';
import type { Role } from '../../model/message.ts';
import type { SessionStatus } from '../../model/session.ts';
import type { StatusCensus } from '../../model/stats/instance-figures.ts';
import type { MessageSample, SessionSample, StatisticsScope, StatisticsStore } from '../../ports/statistics-store.ts';
import type { Life, MemoryRecords } from './records.ts';

/** MemoryStatisticsStore gives the figures of statistics by looking at every session in scope. */
export class MemoryStatisticsStore implements StatisticsStore {
  readonly #records: MemoryRecords;

  constructor(records: MemoryRecords) {
    this.#records = records;
  }

  async foldSessions(
    tenant: string,
    scope: StatisticsScope,
    { fromAt = Number.NEGATIVE_INFINITY, toAt = Number.POSITIVE_INFINITY }: { fromAt?: number; toAt?: number },
    fold: (sample: SessionSample) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    this.#records.enter(signal);
    for (const { header, activity, details } of this.#livesIn(tenant, scope)) {
      if (header.createdAt < fromAt || header.createdAt >= toAt) continue;
      fold(structuredClone({ header, activity, errorMessage: details.errorMessage }));
    }
  }

  async sampleMessages(
    tenant: string,
    scope: StatisticsScope,
    { fromAt, toAt, bucketMs }: { fromAt: number; toAt: number; bucketMs: number },
    signal?: AbortSignal,
  ): Promise<MessageSample[]> {
    this.#records.enter(signal);
    const samples = new Map<string, MessageSample>();
    for (const { header, messages } of this.#livesIn(tenant, scope)) {
      for (const { sequence, createdAt, role, tokenCount } of messages) {
        if (createdAt < fromAt || createdAt >= toAt || !isVisible(header.hidden, sequence)) continue;
        const bucketAt = fromAt + Math.floor((createdAt - fromAt) / bucketMs) * bucketMs;
        const sample = sampleAt(samples, bucketAt, role);
        sample.messageCount += 1;
        sample.tokenCount += tokenCount;
      }
    }
    return [...samples.values()].sort((one, other) => one.bucketAt - other.bucketAt);
  }

  async census(signal?: AbortSignal): Promise<StatusCensus[]> {
    this.#records.enter(signal);
    const accessesByStatus = new Map<SessionStatus, number[]>();
    for (const { livesByUid } of this.#records.tenants.values()) {
      for (const { header } of livesByUid.values()) {
        const accesses = accessesByStatus.get(header.status) ?? [];
        accesses.push(header.lastAccessAt);
        accessesByStatus.set(header.status, accesses);
      }
    }
    return [...accessesByStatus].map(([status, accesses]) => summarize(status, accesses));
  }

  #livesIn(tenant: string, { sessionId, userId, agentId }: StatisticsScope): Life[] {
    return [...this.#records.of(tenant).livesByUid.values()].filter(
      ({ header }) =>
        (sessionId === undefined || header.sessionId === sessionId) &&
        (userId === undefined || header.userId === userId) &&
        (agentId === undefined || header.agentId === agentId),
    );
  }
}

function sampleAt(samples: Map<string, MessageSample>, bucketAt: number, role: Role): MessageSample {
  const key = `${bucketAt} ${role}`;
  const sample = samples.get(key) ?? { bucketAt, role, messageCount: 0, tokenCount: 0 };
  samples.set(key, sample);
  return sample;
}

function summarize(status: SessionStatus, accesses: number[]): StatusCensus {
  return {
    status,
    sessionCount: accesses.length,
    meanAccessAt: accesses.reduce((sum, at) => sum + at, 0) / accesses.length,
    oldestAccessAt: accesses.reduce((oldest, at) => Math.min(oldest, at)),
    newestAccessAt: accesses.reduce((newest, at) => Math.max(newest, at)),
  };
}
