import { describe, expect, test, vi } from 'vitest';
import type { MongoContext } from '../../../../src/adapters/mongodb/context.ts';
import { OutcomeUnknown } from '../../../../src/adapters/mongodb/database/errors.ts';
import { Outbox } from '../../../../src/adapters/mongodb/log/outbox.ts';
import { Mover } from '../../../../src/adapters/mongodb/messages/mover.ts';
import { MongoSessionStore } from '../../../../src/adapters/mongodb/sessions/sessions.ts';
import { sampleHeader } from '../../../../src/contract/samples.ts';
import { nextHeader } from '../../../../src/contract/stage.ts';
import { changesWith } from '../../../../src/model/basis.ts';
import type { SessionHeader } from '../../../../src/model/session.ts';
import { TENANT } from '../desk.ts';
import { Instances } from '../instances.ts';
import { killedInstance } from '../killed-instance.ts';
import { pausedBefore, tampered } from '../tampered.ts';

const UNDERWAY_MS = 3000;

describe('claims', () => {
  test('what an instance took that died before the header is free after 3 s, not a millisecond before', async (context) => {
    await using instances = await Instances.open(context);
    const dying = killedInstance(instances.add(), { call: 2, when: 'after' });
    await expect(begin(dying, 'dead')).rejects.toThrow('dead');
    expect(await holderOf(instances.add())).toBeNull();
    instances.clock.advance(UNDERWAY_MS - 1);
    expect(await begin(instances.add(), 'early')).toBe('conflict');
    instances.clock.advance(1);
    expect(await begin(instances.add(), 'late')).toBe('committed');
    expect(await holderOf(instances.add())).toBe('late');
  });

  test('a first commit that comes after its claim was taken over makes no session', async (context) => {
    await using instances = await Instances.open(context);
    const arriving = Promise.withResolvers<void>();
    const slow = tampered(instances.add(), 'sessions', 'insertOne', async (perform, ...parameters) => {
      await arriving.promise;
      return perform(...parameters);
    });
    const late = begin(slow, 'late');
    const { claims } = instances.add().collections;
    await vi.waitFor(async () => expect(await claims.count({})).toBe(1));
    instances.clock.advance(UNDERWAY_MS);
    expect(await begin(instances.add(), 'next')).toBe('committed');
    arriving.resolve();
    expect(await late).toBe('conflict');
    expect(await holderOf(instances.add())).toBe('next');
  });

  test('a commit to a session that is there does not take a claim after it was taken over', async (context) => {
    await using instances = await Instances.open(context);
    await begin(instances.add(), 'found', []);
    const arriving = Promise.withResolvers<void>();
    const slow = tampered(instances.add(), 'sessions', 'findOneAndUpdate', async (perform, ...parameters) => {
      await arriving.promise;
      return perform(...parameters);
    });
    const basis = await storeOf(slow).load(TENANT, 'found', {});
    const header = nextHeader(basis.header as SessionHeader, { claims: ['key'] });
    const late = storeOf(slow).commit(basis, changesWith(header, { claims: ['key'] }), []);
    const { claims } = instances.add().collections;
    await vi.waitFor(async () => expect(await claims.count({})).toBe(1));
    instances.clock.advance(UNDERWAY_MS);
    expect(await begin(instances.add(), 'next')).toBe('committed');
    arriving.resolve();
    expect(await late).toBe('conflict');
    expect(await holderOf(instances.add())).toBe('next');
  });

  test('one of two that take over gets the claim', async (context) => {
    await using instances = await Instances.open(context);
    await begin(killedInstance(instances.add(), { call: 2, when: 'after' }), 'dead').catch(() => {});
    instances.clock.advance(UNDERWAY_MS);
    const outcomes = await Promise.all(['one', 'two', 'three'].map((id) => begin(instances.add(), id)));
    expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(1);
    expect(await holderOf(instances.add())).toBe(['one', 'two', 'three'][outcomes.indexOf('committed')]);
  });

  test('a first commit that conflicts gives back what it took', async (context) => {
    await using instances = await Instances.open(context);
    const store = storeOf(instances.add());
    const basis = await store.load(TENANT, 's', {});
    await begin(instances.add(), 's', []);
    const late = sampleHeader({ tenant: TENANT, sessionId: 's', uid: 'late' });
    expect(await store.commit(basis, changesWith(late, { claims: ['key'] }), [])).toBe('conflict');
    expect(await begin(instances.add(), 'next')).toBe('committed');
  });

  test('a claim whose taking was not answered is given back, because nothing was committed after it', async (context) => {
    await using instances = await Instances.open(context);
    const mute = tampered(instances.add(), 'claims', 'findOneAndUpdate', async (perform, ...parameters) => {
      await perform(...parameters);
      throw new OutcomeUnknown('lost');
    });
    await expect(begin(mute, 'first')).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
    expect(await begin(instances.add(), 'next')).toBe('committed');
  });

  test('a first commit that was not answered is made again under its id at once', async (context) => {
    await using instances = await Instances.open(context);
    const mute = tampered(instances.add(), 'sessions', 'insertOne', () => Promise.reject(new OutcomeUnknown('lost')));
    expect(await beginAs(mute, 'first')).toBe('unknown');
    expect(await beginAs(instances.add(), 'second')).toBe('committed');
    expect(await holderOf(instances.add())).toBe('s');
    instances.clock.advance(UNDERWAY_MS);
    expect(await begin(instances.add(), 'other')).toBe('conflict');
  });

  test('of two lives that begin under one id the one that comes first holds the claim, whoever took it last', async (context) => {
    await using instances = await Instances.open(context);
    const late = pausedBefore(instances.add(), 'sessions', 'insertOne', () => beginAs(instances.add(), 'second'));
    const first = pausedBefore(instances.add(), 'sessions', 'insertOne', () => beginAs(late, 'first'));
    expect(await beginAs(first, 'slow')).toBe('conflict');
    expect(await holderOf(instances.add())).toBe('s');
    instances.clock.advance(UNDERWAY_MS);
    expect(await begin(instances.add(), 'other')).toBe('conflict');
  });

  test('what two lives under one id took and neither committed is free in a while', async (context) => {
    await using instances = await Instances.open(context);
    const mute = tampered(instances.add(), 'sessions', 'insertOne', () => Promise.reject(new OutcomeUnknown('lost')));
    expect([await beginAs(mute, 'first'), await beginAs(mute, 'second')]).toEqual(['unknown', 'unknown']);
    expect(await begin(instances.add(), 'early')).toBe('conflict');
    instances.clock.advance(UNDERWAY_MS);
    expect(await begin(instances.add(), 'other')).toBe('committed');
    expect(await holderOf(instances.add())).toBe('other');
  });

  test('a commit that loses to another of its session leaves the winner’s claim alone', async (context) => {
    await using instances = await Instances.open(context);
    await begin(instances.add(), 's', []);
    const store = storeOf(instances.add());
    const basis = await store.load(TENANT, 's', {});
    const changes = changesWith(nextHeader(basis.header!), { claims: ['key'] });
    const outcomes = await Promise.all([store.commit(basis, changes, []), store.commit(basis, changes, [])]);
    expect(outcomes.sort()).toEqual(['committed', 'conflict']);
    expect(await holderOf(instances.add())).toBe('s');
  });

  test('a claim that could not be given back is free for others in a while', async (context) => {
    await using instances = await Instances.open(context);
    await begin(instances.add(), 'first');
    const mute = tampered(instances.add(), 'claims', 'deleteMany', () => Promise.reject(new Error('away')));
    const basis = await storeOf(mute).load(TENANT, 'first', {});
    const changes = changesWith(nextHeader(basis.header!), { released: ['key'] });
    expect(await storeOf(mute).commit(basis, changes, [])).toBe('committed');
    expect(await holderOf(instances.add())).toBeNull();
    expect(await begin(instances.add(), 'early')).toBe('conflict');
    instances.clock.advance(UNDERWAY_MS);
    expect(await begin(instances.add(), 'late')).toBe('committed');
  });

  test('what is claimed and given back in one commit is what the header says in the end', async (context) => {
    await using instances = await Instances.open(context);
    await begin(instances.add(), 's', ['old', 'kept'], ['old', 'kept']);
    const store = storeOf(instances.add());
    const basis = await store.load(TENANT, 's', {});
    const header = nextHeader(basis.header!, { claims: ['kept', 'fresh'] });
    await store.commit(basis, changesWith(header, { claims: ['fresh'], released: ['old'] }), []);
    const holders = ['old', 'kept', 'fresh'].map((key) => holderOf(instances.add(), key));
    expect(await Promise.all(holders)).toEqual([null, 's', 's']);
  });
});

function storeOf(context: MongoContext): MongoSessionStore {
  return new MongoSessionStore(context, new Outbox(context), new Mover(context));
}

async function begin(context: MongoContext, sessionId: string, claims = ['key'], held: string[] = []) {
  const store = storeOf(context);
  const header = sampleHeader({ tenant: TENANT, sessionId, claims: held });
  return store.commit(await store.load(TENANT, sessionId, {}), changesWith(header, { claims }), []);
}

/** Begins a life of session `s` that nobody has seen. */
function beginAs(context: MongoContext, uid: string) {
  const header = sampleHeader({ tenant: TENANT, sessionId: 's', uid, claims: ['key'] });
  const nothing = { recorded: new Map(), oldestRecorded: [], toolCalls: new Map(), claims: new Map() };
  const basis = { tenant: TENANT, sessionId: 's', header: null, ...nothing };
  return storeOf(context).commit(basis, changesWith(header, { claims: ['key'] }), []);
}

async function holderOf(context: MongoContext, key = 'key'): Promise<string | null> {
  return (await storeOf(context).findClaim(TENANT, key))?.sessionId ?? null;
}
