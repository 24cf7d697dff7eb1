import type { StatusCensus } from '../../../model/stats/instance-figures.ts';
import type {
  MessageSample,
  SessionSample,
  StatisticsScope,
  StatisticsStore,
} from '../../../ports/statistics-store.ts';
import type { MongoContext } from '../context.ts';
import type { Filter } from '../database/database.ts';
import type { SessionDocument } from '../database/documents.ts';
import { decodeActivity } from '../sessions/part-codec.ts';
import { decodeHeader } from '../sessions/session-codec.ts';
import { MessageTally } from './message-tally.ts';
import { sessionsIn } from './session-scope.ts';

/** How many sessions are read at once. */
const PAGE_SIZE = 128;

/** How many sessions the census counts in one step. */
const COUNTED_AT_ONCE = 10_000;

/** What of a session's document is never counted. */
const BULKY = { state: 0, summaries: 0, rids: 0, starts: 0, tools: 0 } as const;

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
    for await (const page of this.#pages(tenant, filter, { ...BULKY, tail: 0 }, signal)) {
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
    for await (const page of this.#pages(tenant, sessionsIn(tenant, scope), projection, signal)) await tally.add(page);
    return tally.samples();
  }

  async census(signal?: AbortSignal): Promise<StatusCensus[]> {
    const counts = new Map<StatusCensus['status'], Count>();
    for (let after = ''; ; ) {
      signal?.throwIfAborted();
      const page = await this.#context.collections.sessions.aggregate<Count>(censusPipeline(after), { signal });
      for (const count of page) if (count._id !== 'TOMB') addCount(counts, count._id, count);
      if (page.reduce((sum, { sessionCount }) => sum + sessionCount, 0) < COUNTED_AT_ONCE) break;
      after =
        page
          .map(({ last }) => last)
          .sort()
          .at(-1) ?? after;
    }
    return [...counts].map(([status, { sessionCount, accessSum, oldestAccessAt, newestAccessAt }]) => {
      return { status, sessionCount, meanAccessAt: accessSum / sessionCount, oldestAccessAt, newestAccessAt };
    });
  }

  /** Goes by `_id`, so that whatever is written meanwhile, each session comes once. */
  async *#pages(
    tenant: string,
    filter: Filter,
    projection: Filter,
    signal?: AbortSignal,
  ): AsyncGenerator<SessionDocument[]> {
    // `0` is what comes after `/`.
    for (let after = `${tenant}/`; ; ) {
      signal?.throwIfAborted();
      const page = await this.#context.collections.sessions.find(
        { $and: [filter, { _id: { $gt: after, $lt: `${tenant}0` } }] },
        { projection, sort: { _id: 1 }, limit: PAGE_SIZE, signal },
      );
      if (page.length > 0) yield page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_SIZE) return;
      after = last._id;
    }
  }
}

/** Count is what a page of sessions has of one status; `last` is the highest `_id` among them. */
interface Count {
  _id: StatusCensus['status'] | 'TOMB';
  sessionCount: number;
  accessSum: number;
  oldestAccessAt: number;
  newestAccessAt: number;
  last: string;
}

/** A page at a time, so that no step takes long however many sessions there are. */
function censusPipeline(after: string): Filter[] {
  return [
    { $match: { _id: { $gt: after } } },
    { $sort: { _id: 1 } },
    { $limit: COUNTED_AT_ONCE },
    {
      $group: {
        _id: { $cond: [{ $eq: ['$tomb', true] }, 'TOMB', '$status'] },
        sessionCount: { $sum: 1 },
        accessSum: { $sum: '$lastAt' },
        oldestAccessAt: { $min: '$lastAt' },
        newestAccessAt: { $max: '$lastAt' },
        last: { $max: '$_id' },
      },
    },
  ];
}

function addCount(counts: Map<StatusCensus['status'], Count>, status: StatusCensus['status'], count: Count): void {
  const known = counts.get(status);
  counts.set(status, {
    ...count,
    sessionCount: count.sessionCount + (known?.sessionCount ?? 0),
    accessSum: count.accessSum + (known?.accessSum ?? 0),
    oldestAccessAt: Math.min(count.oldestAccessAt, known?.oldestAccessAt ?? count.oldestAccessAt),
    newestAccessAt: Math.max(count.newestAccessAt, known?.newestAccessAt ?? count.newestAccessAt),
  });
}
