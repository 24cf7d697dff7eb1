import { expect, test } from 'vitest';
import { openMemoryStore } from '../../../src/adapters/memory/store.ts';
import { SweepShare } from '../../../src/operations/engine/sweep-share.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const dueSessions = Array.from({ length: 300 }, (_, place) => ({ tenant: 'acme', sessionId: `s${place}`, dueAt: 0 }));

async function openShares(ids: readonly string[]) {
  const clock = new ManualClock();
  const { presence } = openMemoryStore({ clock });
  const shares = ids.map((id) => new SweepShare(id));
  const refresh = async () => {
    for (const share of shares) await share.refresh(presence, clock.wallAt());
  };
  return { clock, presence, shares, refresh };
}

test('share: an instance that knows of no other takes everything', () => {
  expect(dueSessions.every((session) => new SweepShare('one').isOwn(session))).toBe(true);
});

test('share: each session falls to exactly one of those alive, and each gets about as many', async () => {
  const { clock, presence, shares, refresh } = await openShares(['c', 'a', 'b']);
  for (const id of ['a', 'b', 'c']) await presence.beat(id, clock.wallAt());
  await refresh();
  const owners = dueSessions.map((session) => shares.filter((share) => share.isOwn(session)).length);
  expect(new Set(owners)).toEqual(new Set([1]));
  for (const share of shares) {
    expect(dueSessions.filter((session) => share.isOwn(session)).length).toBeGreaterThan(70);
    expect(share.instanceCount).toBe(3);
  }
});

test('share: an instance that was not seen for 25 s has none', async () => {
  const { clock, presence, shares, refresh } = await openShares(['a', 'b']);
  for (const id of ['a', 'b']) await presence.beat(id, clock.wallAt());
  clock.advance(25_000);
  await presence.beat('a', clock.wallAt());
  await refresh();
  expect(shares[0]?.instanceCount).toBe(2);
  clock.advance(1);
  await refresh();
  expect(dueSessions.every((session) => shares[0]?.isOwn(session))).toBe(true);
});

test('left lying: what is overdue by more than 3 s, counted from the grace of an outage', () => {
  const share = new SweepShare('one');
  const at = (now: number, outages: { from: number; to: number }[] = []) =>
    share.isLeftLying({ tenant: 'acme', sessionId: 's', dueAt: 100_000 }, { now, uncertaintyMs: 1000, outages });
  expect([at(104_000), at(104_001)]).toEqual([false, true]);
  const outages = [{ from: 90_000, to: 200_000 }];
  expect([at(264_000, outages), at(264_001, outages)]).toEqual([false, true]);
});
