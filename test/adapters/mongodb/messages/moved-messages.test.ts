import { describe, expect, test, vi } from 'vitest';
import { MongoSearchIndex } from '../../../../src/adapters/mongodb/across/search.ts';
import { MongoStatisticsStore } from '../../../../src/adapters/mongodb/across/statistics.ts';
import type { MongoContext } from '../../../../src/adapters/mongodb/context.ts';
import { encodeMessage } from '../../../../src/adapters/mongodb/messages/message-codec.ts';
import { messageId } from '../../../../src/adapters/mongodb/messages/message-id.ts';
import type { MongoStore } from '../../../../src/adapters/mongodb/mongo-store.ts';
import { SAMPLE_AT, sampleHeader, sampleMessage } from '../../../../src/contract/samples.ts';
import { type Changes, changesWith } from '../../../../src/model/basis.ts';
import type { SessionHeader } from '../../../../src/model/session.ts';
import type { SearchQuery } from '../../../../src/ports/search-index.ts';
import { openMongoStoreAt } from '../../../support/open-mongo-store.ts';
import type { Skippable } from '../../../support/require.ts';
import { Instances } from '../instances.ts';
import { TENANT } from '../outboxes.ts';

/** A message is in its session's tail, moved on, or both; search and statistics must not tell. */
describe('messages that move on', () => {
  test('search finds each once before, while and after they are moved', async (context) => {
    await using played = await play(context);
    await played.begin('s', 80);
    const before = await played.find({ terms: ['word', 'even'] });
    expect(before).toHaveLength(80);
    expect(before.slice(0, 2)).toEqual(['s 80', 's 78']);
    await played.move();
    expect(await played.countMoved()).toBeGreaterThan(40);
    expect(await played.find({ terms: ['word', 'even'] })).toEqual(before);
    await played.append('s', 81, 85);
    const after = await played.find({ terms: ['word', 'even'] });
    expect([after.length, new Set(after).size, after[0]]).toEqual([85, 85, 's 84']);
  });

  test('search finds what a large batch staged', async (context) => {
    await using played = await play(context);
    await played.begin('s', 300);
    const found = await played.find({ terms: ['word'], limit: 1000 });
    expect([found.length, new Set(found).size]).toEqual([300, 300]);
    await played.move();
    expect(await played.find({ terms: ['word'], limit: 1000 })).toEqual(found);
  });

  test('search misses nothing that is moved between its reads', async (context) => {
    await using played = await play(context);
    await played.begin('s', 60);
    const { messages } = played.one.collections;
    const aggregate = messages.aggregate.bind(messages);
    vi.spyOn(messages, 'aggregate').mockImplementationOnce(async (...asked) => {
      await played.move();
      return (await aggregate(...asked)) as never;
    });
    const found = await played.find({ terms: ['word'] });
    expect([found.length, new Set(found).size]).toEqual([60, 60]);
    expect(await played.countMoved()).toBeGreaterThan(0);
  });

  test('search goes through pages of what is out of sight or scope', async (context) => {
    await using played = await play(context);
    await played.begin('hidden', 200);
    await played.begin('seen', 3, { userId: 'u' });
    await played.move();
    await played.go('hidden', { hidden: [[2, 200]] });
    expect(await played.find({ terms: ['word'], limit: 4 })).toEqual(
      ['seen 3', 'hidden 1', 'seen 2', 'seen 1'].toSorted(byTime),
    );
    expect(await played.find({ terms: ['word'], limit: 4, scope: { userId: 'u' } })).toEqual([
      'seen 3',
      'seen 2',
      'seen 1',
    ]);
  });

  test('a user with more sessions than are looked up by uid is searched alike', async (context) => {
    await using played = await play(context);
    await played.begin('other', 2);
    await played.begin('s-0', 1, { userId: 'u' });
    await copySession(played.one, 's-0', 260);
    expect(await played.find({ terms: ['word'], limit: 1000, scope: { userId: 'u' } })).toHaveLength(261);
  });

  test('a term that looks like an operator or a field is a term', async (context) => {
    await using played = await play(context);
    const terms = ['$at', '$gt', '$$ROOT', 'uid'];
    await played.begin('s', 40, {}, terms);
    await played.move();
    for (const term of terms) expect(await played.find({ terms: [term] })).toHaveLength(40);
  });

  test('statistics count each once, visible ones only, wherever they lie', async (context) => {
    await using played = await play(context);
    await played.begin('s', 300);
    await played.begin('t', 50);
    await played.go('s', {
      hidden: [
        [11, 20],
        [100, 299],
      ],
    });
    const expected = await played.sample();
    expect(expected).toEqual([300 - 210 + 50, (300 - 210 + 50) * 3]);
    await played.move();
    expect(await played.sample()).toEqual(expected);
    await played.append('t', 51, 54);
    expect(await played.sample()).toEqual([expected[0] + 4, expected[1] + 12]);
  });

  test('statistics count an estimate as what it was made exact to, also before that is told on', async (context) => {
    await using played = await play(context);
    await played.begin('s', 70);
    await played.move();
    await played.go(
      's',
      {},
      {
        tokenCounts: [
          { sequence: 2, tokenCount: 103 },
          { sequence: 70, tokenCount: 203 },
        ],
      },
    );
    expect(await played.sample()).toEqual([70, 210 + 300]);
    await played.move();
    expect(await played.sample()).toEqual([70, 210 + 300]);
  });
});

interface Played extends AsyncDisposable {
  one: MongoContext;
  begin(sessionId: string, count: number, overrides?: Partial<SessionHeader>, terms?: string[]): Promise<void>;
  append(sessionId: string, first: number, last: number): Promise<void>;
  go(sessionId: string, overrides: Partial<SessionHeader>, parts?: Partial<Changes>): Promise<void>;
  move(): Promise<void>;
  find(query: Partial<SearchQuery> & { terms: string[] }): Promise<string[]>;
  sample(): Promise<[messages: number, tokens: number]>;
  countMoved(): Promise<number>;
}

async function play(context: Skippable): Promise<Played> {
  const instances = await Instances.open(context);
  const store = await openMongoStoreAt(instances.url, instances.clock);
  const one = instances.add();
  const search = new MongoSearchIndex(one);
  const statistics = new MongoStatisticsStore(one);
  return {
    one,
    begin: async (sessionId, count, overrides = {}, terms = ['word']) => {
      const header = sampleHeader({ tenant: TENANT, sessionId, lastSequence: count, ...overrides });
      await commit(store, sessionId, changesWith(header, { messages: messagesOf(1, count, terms) }));
    },
    append: async (sessionId, first, last) => {
      const { header } = await store.sessions.load(TENANT, sessionId, {});
      const next = { ...header!, rev: header!.rev + 1, lastSequence: last };
      await commit(store, sessionId, changesWith(next, { messages: messagesOf(first, last, ['word']) }));
    },
    go: async (sessionId, overrides, parts = {}) => {
      const { header } = await store.sessions.load(TENANT, sessionId, {});
      await commit(store, sessionId, changesWith({ ...header!, rev: header!.rev + 1, ...overrides }, parts));
    },
    move: async () => {
      instances.clock.advance(31_000);
      while ((await store.finishCommits()) > 0);
    },
    find: async (query) => {
      const found = await search.find(TENANT, { scope: {}, limit: 1000, ...query });
      return found.map(({ sessionId, message }) => `${sessionId} ${message.sequence}`);
    },
    sample: async () => {
      const window = { fromAt: SAMPLE_AT, toAt: SAMPLE_AT + 1000, bucketMs: 7 };
      const samples = await statistics.sampleMessages(TENANT, {}, window);
      return [
        samples.reduce((sum, { messageCount }) => sum + messageCount, 0),
        samples.reduce((sum, { tokenCount }) => sum + tokenCount, 0),
      ];
    },
    countMoved: () => one.collections.messages.count({}),
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await instances[Symbol.asyncDispose]();
    },
  };
}

function messagesOf(first: number, last: number, terms: string[]) {
  return Array.from({ length: last - first + 1 }, (_, place) =>
    sampleMessage(first + place, {
      createdAt: SAMPLE_AT + first + place,
      isTokenCountExact: false,
      terms: (first + place) % 2 === 0 ? [...terms, 'even'] : terms,
    }),
  );
}

async function commit(store: MongoStore, sessionId: string, changes: Changes): Promise<void> {
  const basis = await store.sessions.load(TENANT, sessionId, {});
  expect(await store.sessions.commit(basis, changes, [])).toBe('committed');
}

/** Writes a session of one message as many times more, each under its own uid, moved on. */
async function copySession({ collections }: MongoContext, sid: string, count: number): Promise<void> {
  const { moveAt: _, ...session } = (await collections.sessions.findOne({ sid }))!;
  const [message] = messagesOf(1, 1, ['word']);
  const copies = Array.from({ length: count }, (_, place) => ({ sid: `copy-${place}`, uid: `uid of copy-${place}` }));
  await collections.messages.insertMany(
    copies.map(({ sid, uid }) => ({ _id: messageId(uid, 1), uid, t: TENANT, sid, ...encodeMessage(uid, message!) })),
  );
  await collections.sessions.insertMany(
    copies.map((copy) => ({ ...session, ...copy, _id: `${TENANT}/${copy.sid}`, tail: [], moved: 1 })),
  );
}

/** Newest first; of one moment, in the order of uids. */
function byTime(one: string, other: string): number {
  return Number(other.split(' ')[1]) - Number(one.split(' ')[1]) || (one < other ? -1 : 1);
}
