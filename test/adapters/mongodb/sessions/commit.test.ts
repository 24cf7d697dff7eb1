import assert from 'node:assert/strict';
import { describe, expect, test, vi } from 'vitest';
import type { MongoContext } from '../../../../src/adapters/mongodb/context.ts';
import type { Collections } from '../../../../src/adapters/mongodb/database/documents.ts';
import { OutcomeUnknown } from '../../../../src/adapters/mongodb/database/errors.ts';
import { loadBasis } from '../../../../src/adapters/mongodb/sessions/load.ts';
import { sampleEvent, sampleHeader, sampleMessages, sampleRecordedCall } from '../../../../src/contract/samples.ts';
import { nextHeader } from '../../../../src/contract/stage.ts';
import { type BasisNeeds, changesWith } from '../../../../src/model/basis.ts';
import type { EventKind } from '../../../../src/model/event.ts';
import { Desk, range, TENANT } from '../desk.ts';
import { Instances } from '../instances.ts';
import { tampered } from '../tampered.ts';

const NEEDS: BasisNeeds = { newest: true, memory: true, details: true, state: true, summaries: true, activity: true };

describe('commit', () => {
  test.for([1, 300])(
    'at %i messages an append is one round trip, and so is a load with all there is',
    async (age, context) => {
      await using instances = await Instances.open(context);
      const desk = new Desk(instances.add());
      await desk.append(1, age);
      await desk.move();
      const sent: string[] = [];
      const counted = listened(instances.add(), sent);
      const basis = await loadBasis(counted, TENANT, 's', NEEDS);
      const header = nextHeader(basis.header!, { lastSequence: basis.header!.lastSequence + 1 });
      const changes = changesWith(header, {
        messages: sampleMessages(header.lastSequence, header.lastSequence),
        recorded: [sampleRecordedCall(1)],
        state: { a: 1 },
      });
      expect(await new Desk(counted).sessions.commit(basis, changes, [])).toBe('committed');
      expect(sent).toEqual(['sessions.findOne', 'sessions.findOneAndUpdate']);
    },
  );

  test('a slide since the basis makes a commit a conflict, and a second slide does not', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write();
    const { sessions } = desk;
    const basis = await sessions.load(TENANT, 's', {});
    const slid = structuredClone(basis.header!);
    slid.deadlines.dormantAt += 1000;
    const slide = () => sessions.commit(basis, changesWith(slid, { isSlide: true }), []);
    expect([await slide(), await slide()]).toEqual(['committed', 'committed']);
    expect(await sessions.commit(basis, changesWith(nextHeader(basis.header!)), [])).toBe('conflict');
  });

  test('an update whose answer was lost is unknown, and its loss before it was sent is not', async (context) => {
    await using instances = await Instances.open(context);
    await new Desk(instances.add()).write();
    const lost = tampered(instances.add(), 'sessions', 'findOneAndUpdate', async (perform, ...parameters) => {
      await perform(...parameters);
      throw new OutcomeUnknown('lost');
    });
    expect(await new Desk(lost).write({ state: { a: 1 } })).toBe('unknown');
    const { state } = await loadBasis(instances.add(), TENANT, 's', { state: true });
    expect(state).toEqual({ a: 1 });
    const unsent = tampered(instances.add(), 'sessions', 'findOneAndUpdate', () => Promise.reject(new Error('away')));
    await expect(new Desk(unsent).write()).rejects.toThrow('away');
  });

  test('what was staged for a commit that conflicts is taken back', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write();
    const basis = await desk.sessions.load(TENANT, 's', {});
    await desk.write();
    const messages = sampleMessages(1, 400);
    const late = changesWith(nextHeader(basis.header!, { lastSequence: 400 }), { messages });
    expect(await desk.sessions.commit(basis, late, [])).toBe('conflict');
    expect(await desk.ids('bodies')).toEqual([]);
  });

  test('more tool calls than fit beside a header come back, the latest of each', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    const toolCalls = range(1, 1000).map((n) => ({ callId: `c${n}`, name: 'n', isFailed: false, durationMs: null }));
    await desk.write({ toolCalls });
    await desk.write({ toolCalls: [{ ...toolCalls[4]!, isFailed: true }] });
    const look = async () => {
      const found = (await desk.sessions.load(TENANT, 's', { toolCallIds: ['c1', 'c5', 'c1000', 'none'] })).toolCalls;
      expect([...found.keys()].sort()).toEqual(['c1', 'c1000', 'c5']);
      expect(found.get('c5')?.isFailed).toBe(true);
    };
    await look();
    await desk.move();
    expect((await desk.document()).tools.length).toBeLessThanOrEqual(64);
    await look();
  });

  test('a commit makes itself room beside the header, and loses nothing by it', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write();
    const calls = range(1, 500).map((n) => sampleRecordedCall(n));
    for (let first = 0; first < calls.length; first += 50) {
      expect(await desk.write({ recorded: calls.slice(first, first + 50) })).toBe('committed');
    }
    expect((await desk.document()).rids.length).toBeLessThan(350);
    const wanted = ['digest-1', 'digest-250', 'digest-500'];
    const { recorded, oldestRecorded } = await desk.sessions.load(TENANT, 's', { requestIds: wanted });
    expect([...recorded.keys()].sort()).toEqual(wanted);
    expect(oldestRecorded.map(({ number }) => number)).toEqual(range(1, 16));
  });

  test('forgotten request ids leave the document when it is moved on, and are not seen before', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await desk.write(
      { recorded: range(1, 256).map((n) => sampleRecordedCall(n)) },
      { requestIds: { first: 1, next: 257 } },
    );
    for (const n of range(257, 318)) {
      const requestIds = { first: n - 255, next: n + 1 };
      await desk.write({ recorded: [sampleRecordedCall(n)], forgetThrough: n - 256 }, { requestIds });
      const { oldestRecorded, recorded } = await desk.sessions.load(TENANT, 's', {
        requestIds: [`digest-${n - 256}`, `digest-${n - 255}`],
      });
      const shown = (await desk.sessions.load(TENANT, 's', {})).oldestRecorded;
      expect([oldestRecorded[0]?.number, shown.length, shown[0]?.number]).toEqual([n - 255, 16, n - 255]);
      expect([...recorded.keys()]).toEqual([`digest-${n - 255}`]);
    }
    expect((await desk.document()).rids.length).toBeLessThanOrEqual(304);
    await desk.move();
    expect((await desk.document()).rids.length).toBe(256);
  });
});

describe('outbox of a commit', () => {
  test('is in the log when the commit is answered, and empty in a moment', async (context) => {
    await using instances = await Instances.open(context);
    const desk = new Desk(instances.add());
    await commitEvent(desk, 'DORMANT');
    expect(await loggedKinds(instances)).toEqual(['DORMANT']);
    await vi.waitFor(async () => expect((await desk.document()).outbox).toEqual([]));
  });

  test('that was logged and not emptied yet is not logged again', async (context) => {
    await using instances = await Instances.open(context);
    const instance = instances.add();
    const emptying = Promise.withResolvers<void>();
    const paused = tampered(instance, 'sessions', 'updateMany', async (perform, ...parameters) => {
      await emptying.promise;
      return perform(...parameters);
    });
    const insert = vi.spyOn(instance.collections.session_events, 'insertMany');
    const desk = new Desk(paused);
    for (const kind of ['EXPIRING', 'DORMANT', 'EXPIRED', 'ENDED'] as const) await commitEvent(desk, kind);
    expect((await desk.document()).outbox).toHaveLength(4);
    expect(insert).toHaveBeenCalledTimes(4);
    const fifth = commitEvent(desk, 'DELETED');
    emptying.resolve();
    await fifth;
    expect(await loggedKinds(instances)).toEqual(['EXPIRING', 'DORMANT', 'EXPIRED', 'ENDED', 'DELETED']);
    await vi.waitFor(async () => expect((await desk.document()).outbox).toEqual([]));
  });

  test('fails no commit when the log is away, and a fifth commit logs the others first', async (context) => {
    await using instances = await Instances.open(context);
    let isAway = true;
    const flaky = tampered(instances.add(), 'session_events', 'insertMany', (perform, ...parameters) =>
      isAway ? Promise.reject(new Error('the log is away')) : perform(...parameters),
    );
    const desk = new Desk(flaky);
    for (const kind of ['EXPIRING', 'DORMANT', 'EXPIRED', 'ENDED'] as const) await commitEvent(desk, kind);
    expect((await desk.document()).outbox).toHaveLength(4);
    await expect(commitEvent(desk, 'DELETED')).rejects.toThrow('the log is away');
    isAway = false;
    await commitEvent(desk, 'DELETED');
    expect(await loggedKinds(instances)).toEqual(['EXPIRING', 'DORMANT', 'EXPIRED', 'ENDED', 'DELETED']);
    await vi.waitFor(async () => expect((await desk.document()).outbox).toEqual([]));
  });

  test('outlives its session: a tombstone and the next life keep what is not in the log yet', async (context) => {
    await using instances = await Instances.open(context);
    const away = tampered(instances.add(), 'session_events', 'insertMany', () => Promise.reject(new Error('away')));
    const desk = new Desk(away);
    await commitEvent(desk, 'ENDED');
    await commitEvent(desk, 'DELETED', { isTombstone: true });
    await desk.write({}, { uid: 'second life', isTombstone: false });
    const { outbox, uid } = await desk.document();
    expect([uid, outbox.length]).toEqual(['second life', 2]);
    await commitEvent(new Desk(instances.add()), 'DORMANT');
    expect(await loggedKinds(instances)).toEqual(['ENDED', 'DELETED', 'DORMANT']);
  });

  test('keeps a tombstone from being forgotten before it is in the log', async (context) => {
    await using instances = await Instances.open(context);
    const away = tampered(instances.add(), 'session_events', 'insertMany', () => Promise.reject(new Error('away')));
    const desk = new Desk(away);
    await commitEvent(desk, 'ENDED');
    await commitEvent(desk, 'DELETED', { isTombstone: true });
    const { uid, rev } = await desk.document();
    await expect(desk.sessions.forget(TENANT, 's', uid, rev)).rejects.toThrow('away');
    expect((await desk.document()).outbox).toHaveLength(2);
    await new Desk(instances.add()).sessions.forget(TENANT, 's', uid, rev);
    expect(await loggedKinds(instances)).toEqual(['ENDED', 'DELETED']);
    expect((await desk.sessions.load(TENANT, 's', {})).header).toBeNull();
  });
});

async function commitEvent(desk: Desk, kind: EventKind, overrides: { isTombstone?: boolean } = {}): Promise<void> {
  const basis = await desk.sessions.load(TENANT, 's', {});
  const before = basis.header ?? sampleHeader({ tenant: TENANT, sessionId: 's', uid: 'uid of s', rev: 0 });
  const header = nextHeader(before, overrides);
  assert.equal(await desk.sessions.commit(basis, changesWith(header), [sampleEvent(before, kind)]), 'committed');
}

async function loggedKinds({ db }: Instances): Promise<EventKind[]> {
  const rows = await db
    .collection('session_events')
    .find({}, { sort: { n: 1 } })
    .toArray();
  return rows.flatMap(({ events }) => events.map(({ kind }: { kind: EventKind }) => kind));
}

/** Returns a context that writes down what is sent: `sessions.findOne` … */
function listened(context: MongoContext, sent: string[]): MongoContext {
  const collections = Object.entries(context.collections).map(([name, documents]) => [
    name,
    new Proxy(documents, {
      get: (target, method) => {
        const member: unknown = Reflect.get(target, method);
        if (typeof member !== 'function') return member;
        return (...parameters: unknown[]) => {
          sent.push(`${name}.${String(method)}`);
          return member.apply(target, parameters);
        };
      },
    }),
  ]);
  return { ...context, collections: Object.fromEntries(collections) as Collections };
}
