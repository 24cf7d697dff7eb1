import type { StatusCensus } from '../../model/stats/instance-figures.ts';
import type { MessageSample, SessionSample, StatisticsScope, StatisticsStore } from '../../ports/statistics-store.ts';
import type { MongoContext } from './context.ts';
import type { Filter } from './database.ts';
import type { SessionDocument } from './documents.ts';
import { MessageTally } from './message-tally.ts';
import { decodeActivity } from './part-codec.ts';
import { decodeHeader } from './session-codec.ts';
import { LIVE, sessionsIn } from './session-scope.ts';

/** How many sessions are read at once. */
const PAGE_SIZE = 128;

/** What of a session's document is never counted. */
const BULKY = { state: 0, summaries: 0, rids: 0, tools: 0 } as const;

/** MongoStatisticsStore gives the figures of statistics page by page, each page as it is when it is read. */
export class MongoStatisticsStore implements StatisticsStore {
  readonly #context: MongoContext;

  constructor(context: MongoContext) {
    this.#context = context;
  }

  async foldSessions(
    tenant: string,
    scope: StatisticsScope,
    { fromAt, toAt }: { fromAt?: number; toAt?: number },
    fold: (sample: SessionSample) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const createdAt = { ...(fromAt !== undefined && { $gte: fromAt }), ...(toAt !== undefined && { $lt: toAt }) };
    const filter = { ...sessionsIn(tenant, scope), ...(Object.keys(createdAt).length > 0 && { createdAt }) };
    for await (const page of this.#pages(filter, { ...BULKY, tail: 0 }, signal)) {
      for (const document of page) {
        const activity = await decodeActivity(this.#context, document, signal);
        fold({ header: decodeHeader(document), activity, errorMessage: document.details?.error ?? '' });
      }
    }
  }

  async sampleMessages(
    tenant: string,
    scope: StatisticsScope,
    window: { fromAt: number; toAt: number; bucketMs: number },
    signal?: AbortSignal,
  ): Promise<MessageSample[]> {
    const tally = new MessageTally(this.#context, window, signal);
    const projection = { ...BULKY, activity: 0, details: 0, 'tail.body': 0, 'tail.terms': 0 };
    for await (const page of this.#pages(sessionsIn(tenant, scope), projection, signal)) await tally.add(page);
    return tally.samples();
  }

  async census(signal?: AbortSignal): Promise<StatusCensus[]> {
    signal?.throwIfAborted();
    const counted = await this.#context.collections.sessions.aggregate<Omit<StatusCensus, 'status'> & CensusKey>(
      [
        { $match: LIVE },
        {
          $group: {
            _id: '$status',
            sessionCount: { $sum: 1 },
            meanAccessAt: { $avg: '$lastAt' },
            oldestAccessAt: { $min: '$lastAt' },
            newestAccessAt: { $max: '$lastAt' },
          },
        },
      ],
      { ...(signal !== undefined && { signal }) },
    );
    return counted.map(({ _id: status, ...figures }) => ({ status, ...figures }));
  }

  /** Goes by `_id`, so that whatever is written meanwhile, each session comes once. */
  async *#pages(filter: Filter, projection: Filter, signal?: AbortSignal): AsyncGenerator<SessionDocument[]> {
    for (let after = ''; ; ) {
      signal?.throwIfAborted();
      const page = await this.#context.collections.sessions.find(
        { $and: [filter, { _id: { $gt: after } }] },
        { projection, sort: { _id: 1 }, limit: PAGE_SIZE, signal },
      );
      if (page.length > 0) yield page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_SIZE) return;
      after = last._id;
    }
  }
}

interface CensusKey {
  _id: StatusCensus['status'];
}
