import { AssertionError } from 'node:assert';
import { expect, test } from 'vitest';
import { openMemoryStore } from '../../src/adapters/memory/store.ts';
import type { EventRow, SessionEvent } from '../../src/model/event.ts';
import type { LoggedEvent } from '../../src/operations/event-batches.ts';
import { touch } from '../../src/operations/touch.ts';
import type { WatchExpiryStep } from '../../src/operations/watch-expiry.ts';
import type { Store } from '../../src/ports/store.ts';
import { brokenStores } from '../contract/broken-stores.ts';
import { replace } from '../contract/replace.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { HOUR_MS, openTestEngine, startSession } from '../support/test-engine.ts';
import { openWorld, watchFrom } from '../support/watch-events.ts';
import { checkNeverEarly, checkReceived } from './watch/guarantees.ts';
import { ModelLog } from './watch/model-log.ts';

const expiresWhatSlid = brokenStores.find(({ fault }) => fault === 'expires what slid since the sweep looked')!;

test('an instance that pauses in mid-sweep expires nothing that was touched meanwhile', async () => {
  await touchDuringPausedSweep((store) => store);
});

test('without a compare-and-set on the exact deadline it does, and is caught', async () => {
  await expect(touchDuringPausedSweep(expiresWhatSlid.breakStore)).rejects.toThrow(
    expect.objectContaining({ name: AssertionError.name, message: expect.stringMatching(/before the granted/) }),
  );
});

test('a writer that was away for longer than the retention appends where watchers see it', async () => {
  await appendAfterRetention({ tailIsReadAgain: true });
});

test('by the tail that it read before, it appends where nobody looks any more, and is caught', async () => {
  await expect(appendAfterRetention({ tailIsReadAgain: false })).rejects.toThrow(/missed or doubled/);
});

/** One instance reads a session that is to be warned, and pauses; another grants it more time; the first goes on. */
async function touchDuringPausedSweep(change: (store: Store) => Store): Promise<void> {
  const clock = new ManualClock();
  const store = openMemoryStore({ clock });
  const pause = Promise.withResolvers<void>();
  const loaded = Promise.withResolvers<void>();
  const slow = pausingLoads(change(store), loaded.resolve, pause.promise);
  const [awake, paused] = [await openTestEngine({ clock, store }), await openTestEngine({ clock, store: slow })];
  const expiringLeadMs = 4000;
  await startSession(awake, { sessionId: 's', ttlMs: 8000, dormantAfterMs: 8000, expiringLeadMs });
  clock.advance(4000);
  const sweep = paused.engine.sweeper.sweepOnce();
  await loaded.promise;
  const { head } = await touch(awake.engine, awake.caller, { sessionId: 's', requestId: '', expectedVersion: 0 });
  const granted = { at: clock.wallAt(), dormantAt: head.dormantAt ?? 0, expireAt: head.expireAt ?? 0, expiringLeadMs };
  clock.advance(5000);
  pause.resolve();
  await sweep;
  const rows = await store.events.read('acme', 0, 100);
  expect(rows).not.toEqual([]);
  checkNeverEarly(rows, new Map([['s', [granted]]]));
}

/** A store that keeps what it has read to itself until the pause is over. */
function pausingLoads(store: Store, onLoaded: () => void, pause: Promise<void>): Store {
  const sessions = replace(store.sessions, ({ load }) => ({
    async load(...asked) {
      const basis = await load(...asked);
      onLoaded();
      await pause;
      return basis;
    },
  }));
  return replace(store, () => ({ sessions }));
}

/** A writer reads the tail and is away while others append and the compactor passes; then it appends. */
async function appendAfterRetention({ tailIsReadAgain }: { tailIsReadAgain: boolean }): Promise<void> {
  const clock = new ManualClock();
  const log = new ModelLog();
  const world = await openWorld({ clock, store: replace(openMemoryStore({ clock }), () => ({ events: log })) });
  const appended: EventRow[] = [];
  const append = (sessionId: string, tail: number) => {
    const row = { number: tail + 1, recordedAt: clock.wallAt(), events: [eventOf(sessionId, clock.wallAt())] };
    expect(log.insert(row.number, row.events)).toBe(true);
    appended.push(row);
  };
  const tailBefore = log.tail;
  for (const sessionId of ['a', 'b']) append(sessionId, log.tail);
  const stream = watchFrom(world);
  const batches = await batchesUntil(stream, 'b');
  clock.advance(100 * HOUR_MS);
  append('c', log.tail);
  await log.compact(clock.wallAt() - world.engine.settings.eventRetentionMs);
  append('late', tailIsReadAgain ? log.tail : tailBefore);
  append('d', log.tail);
  batches.push(...(await batchesUntil(stream, 'd')));
  await stream.return(undefined);
  checkReceived(appended, batches.flat(), batches, {});
}

async function batchesUntil(stream: AsyncGenerator<WatchExpiryStep>, sessionId: string): Promise<LoggedEvent[][]> {
  const batches: LoggedEvent[][] = [];
  while (batches.at(-1)?.at(-1)?.sessionId !== sessionId) {
    const { value: step } = await stream.next();
    if (step?.event.kind === 'events') batches.push(step.event.events);
  }
  return batches;
}

function eventOf(sessionId: string, at: number): SessionEvent {
  const base = { kind: 'ENDED', generation: 1, userId: '', agentId: '', reason: 'CALLER' } as const;
  return { ...base, eventId: `ended-${sessionId}`, sessionId, deadlineAt: at, recordedAt: at, lastAccessAt: at };
}
