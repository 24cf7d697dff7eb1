import { expect, test, vi } from 'vitest';
import { encodeWatchToken, LOG_START } from '../../../src/model/watch-token.ts';
import { compactEvents } from '../../../src/operations/engine/compactor.ts';
import { takeSteps } from '../../support/take-steps.ts';
import { callerOf, HOUR_MS, refusal, withWatch } from '../../support/test-engine.ts';
import { makeEvent, nextEvents, openWorld, resumed, watchFrom } from '../../support/watch-events.ts';

test('a token whose next event is over the retention is compacted, whether it was removed or not', async () => {
  const world = await openWorld();
  const [opened] = await takeSteps(watchFrom(world, { start: { kind: 'now' } }), 1);
  await makeEvent(world, 'a');
  world.clock.advance(10 * HOUR_MS);
  await makeEvent(world, 'b');
  world.clock.advance(62 * HOUR_MS);
  expect(await nextEvents(resumed(world, opened), 1)).toEqual(['a', 'b']);
  world.clock.advance(1);
  const fault = await resumed(world, opened)
    .next()
    .catch((error) => error);
  expect(fault).toEqual(refusal('RESUME_TOKEN_COMPACTED'));
  const resumeToken = fault.metadata.earliest_token;
  expect(await nextEvents(watchFrom(world, { start: { kind: 'token', resumeToken } }), 1)).toEqual(['b']);
  await compactEvents({ store: world.store, settings: world.engine.settings, time: () => world.engine.time() });
  await expect(resumed(world, opened).next()).rejects.toEqual(refusal('RESUME_TOKEN_COMPACTED'));
});

test('a token at the end of a quiet log stays good', async () => {
  const world = await openWorld();
  await makeEvent(world, 'a');
  const [, last] = await takeSteps(watchFrom(world), 2);
  world.clock.advance(1000 * HOUR_MS);
  const stream = resumed(world, last);
  await takeSteps(stream, 1);
  await makeEvent(world, 'b');
  expect(await nextEvents(stream, 1)).toEqual(['b']);
});

test('a reader that the compactor overtakes is told, with the earliest token', async () => {
  const world = await openWorld({ settings: withWatch({ pollMinMs: 1, pollMaxMs: 5, ringRowsMax: 1 }) });
  const slow = watchFrom(world);
  await takeSteps(slow, 1);
  for (const id of ['a', 'b', 'c']) await makeEvent(world, id);
  const other = watchFrom(world);
  await nextEvents(other, 3);
  world.clock.advance(73 * HOUR_MS);
  await makeEvent(world, 'd');
  await nextEvents(other, 1);
  await compactEvents({ store: world.store, settings: world.engine.settings, time: () => world.engine.time() });
  await expect(nextEvents(slow, 1)).rejects.toEqual(refusal('RESUME_TOKEN_COMPACTED'));
});

test('a token of another tenant, another store, or changed by one character is foreign', async () => {
  const world = await openWorld();
  const [opened] = await takeSteps(watchFrom(world), 1);
  const token = opened?.resumeToken ?? '';
  const changed = `${token.slice(0, 5)}${token[5] === 'A' ? 'B' : 'A'}${token.slice(6)}`;
  const neighbour = { ...world, caller: callerOf('other') };
  const elsewhere = await openWorld();
  for (const [at, resumeToken] of [
    [neighbour, token],
    [elsewhere, token],
    [world, changed],
    [world, ''],
  ] as const) {
    const stream = watchFrom(at, { start: { kind: 'token', resumeToken } });
    await expect(stream.next()).rejects.toEqual(refusal('RESUME_TOKEN_FOREIGN'));
  }
});

test('a token of a history that was restored away is foreign', async () => {
  const world = await openWorld();
  await makeEvent(world, 'a');
  const { tokenSecret: secret, storeId } = world.store;
  const scope = { secret, storeId, tenant: 'acme' };
  for (const position of [
    { number: 1, rowHash: 'f'.repeat(16) },
    { ...LOG_START, number: 2 },
  ]) {
    const stream = watchFrom(world, { start: { kind: 'token', resumeToken: encodeWatchToken(scope, position) } });
    await expect(stream.next()).rejects.toEqual(refusal('RESUME_TOKEN_FOREIGN'));
  }
});

test('watchers that come all at once are placed by a few reads of the log', async () => {
  const world = await openWorld();
  const [opened] = await takeSteps(watchFrom(world, { start: { kind: 'now' } }), 1);
  await makeEvent(world, 'a');
  const bounds = vi.spyOn(world.store.events, 'bounds');
  const find = vi.spyOn(world.store.events, 'find');
  const streams = Array.from({ length: 50 }, () => resumed(world, opened));
  expect(await Promise.all(streams.map((stream) => nextEvents(stream, 1)))).toEqual(streams.map(() => ['a']));
  expect(bounds.mock.calls.length).toBeLessThanOrEqual(8);
  expect(find.mock.calls.length).toBeLessThanOrEqual(8);
});
