import { describe, expect, test } from 'vitest';
import type { MongoContext } from '../../../../src/adapters/mongodb/context.ts';
import { verify } from '../../../../src/adapters/mongodb/inspection/verify.ts';
import type { MongoStore } from '../../../../src/adapters/mongodb/mongo-store.ts';
import { sampleEvent, sampleHeader, sampleMessages } from '../../../../src/contract/samples.ts';
import { type AppendedMessage, changesWith } from '../../../../src/model/basis.ts';
import type { Finding } from '../../../../src/ports/store.ts';
import { openMongoStoreAt } from '../../../support/open-mongo-store.ts';
import type { Skippable } from '../../../support/require.ts';
import { Instances } from '../instances.ts';
import { fillOutbox, outboxEntry, TENANT } from '../outboxes.ts';

const DAY_MS = 24 * 3_600_000;
const MOVED = 'uid of moved/000000000007';

/** A fault behind the store's back, and what the verification says of it. */
interface Fault {
  title: string;
  inflict(context: MongoContext, instances: Instances): Promise<unknown>;
  found: RegExp;
}

const FAULTS: Fault[] = [
  {
    title: 'a message that was moved and altered',
    inflict: ({ collections }) => collections.messages.updateOne({ _id: MOVED }, { $set: { role: 'TOOL' } }),
    found: /session acme\/moved: message 7 .*fails its checksum/,
  },
  {
    title: 'a message that was moved and is gone',
    inflict: ({ collections }) => collections.messages.deleteMany({ _id: MOVED }),
    found: /session acme\/moved: message 7 is missing/,
  },
  {
    title: 'a message that is gone from a tail',
    inflict: ({ collections }) => collections.sessions.updateOne({ sid: 'fresh' }, { $pull: { tail: { n: 2 } } }),
    found: /session acme\/fresh: message 2 is missing in the tail/,
  },
  {
    title: 'a session that lost its newest message',
    inflict: ({ collections }) => collections.sessions.updateOne({ sid: 'fresh' }, { $set: { seq: 4 } }),
    found: /session acme\/fresh: its messages end at 3 instead of 4/,
  },
  {
    title: 'a body that lies elsewhere and is gone',
    inflict: ({ collections }) =>
      collections.bodies.deleteMany({ _id: { $gte: 'uid of large/b/', $lt: 'uid of large/b0' } }),
    found: /session acme\/large: body .* is not what was committed/,
  },
  {
    title: 'a state that is cut short',
    inflict: ({ collections }) => collections.sessions.updateOne({ sid: 'fresh' }, { $set: { state: '{"a":' } }),
    found: /session acme\/fresh: .*JSON/,
  },
  {
    title: 'a hole in a log',
    inflict: ({ collections }) => collections.session_events.deleteMany({ n: 2 }),
    found: /the events 2 to 2 of tenant acme are missing/,
  },
  {
    title: 'a row under another event’s id',
    inflict: ({ collections }) => collections.session_events.updateOne({ n: 2 }, { $set: { eid: 'another' } }),
    found: /row 2 of the log of tenant acme is broken/,
  },
  {
    title: 'events that nobody logs',
    inflict: (context) => fillOutbox(context, 'stuck', [outboxEntry('stuck', 1, context.now() - 61_000)]),
    found: /session acme\/stuck: events of .* are not in the log/,
  },
  {
    title: 'messages of no session',
    inflict: ({ collections }, { clock }) => {
      clock.advance(DAY_MS);
      return collections.sessions.deleteMany({ sid: 'moved' });
    },
    found: /messages of uid uid of moved hang on no session/,
  },
  {
    title: 'a claim of no session',
    inflict: ({ collections, now }) => {
      const claim = { _id: `${TENANT}/key`, uid: 'nobody', sid: 's', at: now() - DAY_MS - 1, by: '' };
      return collections.claims.insertOne(claim);
    },
    found: /claim acme\/key is held by no session/,
  },
  {
    title: 'an index that is missing',
    inflict: (_, instances) => instances.db.collection('session_events').dropIndex('t_1_eid_1'),
    found: /index session_events.t_1_eid_1 is missing/,
  },
];

describe('verify', () => {
  test('what the store wrote is sound, wherever it lies', async (context) => {
    await using filled = await fillStore(context);
    const shares: number[] = [];
    expect(await findingsOf(filled.one, (share) => shares.push(share))).toEqual([]);
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual(shares.toSorted((one, other) => one - other));
  });

  test.for(FAULTS)('$title: found, with the remedy', async ({ inflict, found }, context) => {
    await using filled = await fillStore(context);
    await inflict(filled.one, filled.instances);
    const findings = await findingsOf(filled.one);
    expect(findings.map(({ what }) => what).join('\n')).toMatch(found);
    for (const { remedy } of findings) expect(remedy).not.toBe('');
  });

  test('what is written, moved, compacted and deleted meanwhile is no fault', async (context) => {
    await using filled = await fillStore(context);
    const { store, one, instances } = filled;
    const work = async () => {
      for (let round = 0; round < 8; round++) {
        await begin(store, `busy-${round}`, 40);
        await bury(store, `busy-${round}`);
        instances.clock.advance(31_000);
        await store.finishCommits();
        await store.events.compact(one.now(), 1);
      }
    };
    const [findings] = await Promise.all([findingsOf(one), work()]);
    expect(findings).toEqual([]);
  });
});

interface Filled extends AsyncDisposable {
  instances: Instances;
  store: MongoStore;
  one: MongoContext;
}

/** A store with sessions whose messages lie in the tail, moved on, staged and in bodies, a tombstone, and a log. */
async function fillStore(context: Skippable): Promise<Filled> {
  const instances = await Instances.open(context);
  const store = await openMongoStoreAt(instances.url, instances.clock);
  await begin(store, 'moved', 70);
  await begin(store, 'gone', 3);
  await bury(store, 'gone');
  instances.clock.advance(31_000);
  await store.finishCommits();
  await begin(store, 'fresh', 3);
  await begin(store, 'staged', 120);
  await begin(store, 'large', 1, { body: new Uint8Array(20_000) });
  const dispose = async () => {
    await store.close();
    await instances[Symbol.asyncDispose]();
  };
  return { instances, store, one: instances.add(), [Symbol.asyncDispose]: dispose };
}

async function begin(
  store: MongoStore,
  sessionId: string,
  count: number,
  overrides: Partial<AppendedMessage> = {},
): Promise<void> {
  const header = sampleHeader({ tenant: TENANT, sessionId, lastSequence: count });
  const messages = sampleMessages(1, count, overrides);
  const basis = await store.sessions.load(TENANT, sessionId, {});
  await store.sessions.commit(basis, changesWith(header, { messages }), [sampleEvent(header, 'DORMANT')]);
}

async function bury(store: MongoStore, sessionId: string): Promise<void> {
  const basis = await store.sessions.load(TENANT, sessionId, {});
  const header = { ...basis.header!, rev: basis.header!.rev + 1, isTombstone: true };
  await store.sessions.commit(basis, changesWith(header), [sampleEvent(header, 'DELETED')]);
}

async function findingsOf(context: MongoContext, onProgress?: (share: number) => void): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of verify(context, onProgress)) findings.push(finding);
  return findings;
}
