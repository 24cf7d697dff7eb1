import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { Db } from 'mongodb';
import { DEFAULT_TERMS_POLICY } from '../../src/model/limits.ts';
import { deleteSession } from '../../src/operations/delete.ts';
import { end } from '../../src/operations/end.ts';
import { compactEvents } from '../../src/operations/engine/compactor.ts';
import { touch } from '../../src/operations/touch.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { openMongoStoreAt } from '../support/open-mongo-store.ts';
import type { Proof } from '../support/proof.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { startMongoServer } from '../support/servers/mongo-server.ts';
import { ScratchDatabases } from '../support/servers/scratch-databases.ts';
import { HOUR_MS, openTestEngine, type TestEngine } from '../support/test-engine.ts';
import { fillSession } from './purge/fill-session.ts';
import { UnsteadyWatcher } from './watch/watcher.ts';

const TTL_SWEEP_SECONDS = 0.5;
const RETENTION_MS = 10 * 60_000;
const DAY_MS = 24 * HOUR_MS;
/** The service is down for longer than sessions and events are kept. */
const OUTAGE_MS = 5 * DAY_MS;
const PATIENCE_MS = 60_000;

const CHILDREN = ['messages', 'bodies', 'calls', 'claims'];
const tenant = 'acme';
const settings = { terms: { ...DEFAULT_TERMS_POLICY, retentionMs: RETENTION_MS }, catchUpPerSecond: 1_000_000 };

/** What a session comes to, by its number. */
const ENDS = ['expired', 'ended', 'deleted', 'living'] as const;

/** Lets sessions go in every way under a TTL monitor in a hurry, with an outage longer than anything is kept. */
export const proof: Proof = {
  claim: 'what is purged leaves nothing behind, nothing goes before its time, and every DELETED is delivered',
  counts: { short: 20, full: 500 },
  async run({ count, seed, log }) {
    const server = await startMongoServer({ ttlSweepSeconds: TTL_SWEEP_SECONDS });
    const scratch = new ScratchDatabases(server);
    const name = scratch.next();
    // A month ago, so that whatever is given to the TTL monitor is due there at once.
    const clock = new ManualClock(Date.now() - 30 * DAY_MS);
    const open = async () => {
      const store = await openMongoStoreAt(server.urlOf(name), clock);
      return openTestEngine({ store, clock, settings, seed });
    };
    const run = new PurgeRun(scratch.client.db(name), clock, await open(), seed, count);
    try {
      await run.fill();
      const documents = await run.count();
      log(`${count} sessions made: ${JSON.stringify(documents)}`);
      await run.endSome();
      await run.outliveOutage(open);
      log('back after the outage, nothing went meanwhile');
      await run.purgeAll();
      log('all sessions purged, all DELETED delivered');
      await run.forgetAll();
      return { sessions: count, ...documents, left: JSON.stringify(await run.count()) };
    } finally {
      await run.close();
      await scratch.close();
      await server.stop();
    }
  },
};

class PurgeRun {
  readonly #db: Db;
  readonly #clock: ManualClock;
  readonly #watcher: UnsteadyWatcher;
  /** Each session's messages. */
  readonly #messages = new Map<string, number>();
  readonly #count: number;
  #opened: TestEngine;

  constructor(db: Db, clock: ManualClock, opened: TestEngine, seed: number, count: number) {
    this.#db = db;
    this.#clock = clock;
    this.#opened = opened;
    this.#count = count;
    const habits = { filter: {}, patience: 10, pauseMsMax: 0 };
    this.#watcher = new UnsteadyWatcher(() => this.#opened.engine, tenant, habits, new SeededRandom(seed));
  }

  /** Counts the documents of every collection that has some. */
  async count(): Promise<Record<string, number>> {
    const names = ['sessions', ...CHILDREN, 'session_events'];
    const counts = await Promise.all(names.map((each) => this.#db.collection(each).countDocuments({})));
    return Object.fromEntries(names.map((each, place) => [each, counts[place] as number]));
  }

  async fill(): Promise<void> {
    for (let number = 0; number < this.#count; number += 1) {
      const sessionId = `${ENDS[number % ENDS.length]}-${number}`;
      this.#messages.set(sessionId, await fillSession(this.#opened, sessionId, Math.floor(number / ENDS.length)));
    }
    this.#clock.advance(31_000);
    while ((await this.#opened.store.finishCommits()) > 0);
    const counts = await this.count();
    for (const each of CHILDREN) assert.ok(counts[each]! > 0, `nothing lies in ${each}`);
  }

  async endSome(): Promise<void> {
    const { engine, caller } = this.#opened;
    const base = { requestId: '', expectedVersion: 0 };
    const rest = { outcome: null, errorMessage: '', qualityScore: 0, metadataPatch: {} };
    for (const sessionId of this.#named('ended')) await end(engine, caller, { sessionId, ...base, ...rest });
    for (const sessionId of this.#named('deleted'))
      await deleteSession(engine, caller, { sessionId, ...base, allowMissing: false });
    await this.#advance(19 * HOUR_MS);
    for (const sessionId of this.#named('living')) await touch(engine, caller, { sessionId, ...base });
    await this.#advance(2 * HOUR_MS, { isGarbageCollected: false });
    await this.#awaitEvents('EXPIRED', this.#named('expired').length);
    await this.#requireWhole([...this.#named('expired'), ...this.#named('living')]);
  }

  /** While nobody is there, the TTL monitor must find nothing; afterwards nobody lapsed that could not be touched meanwhile. */
  async outliveOutage(open: () => Promise<TestEngine>): Promise<void> {
    await this.#opened.store.presence.beat('one', this.#clock.wallAt());
    await this.#settle();
    const before = await this.count();
    await this.#shut();
    this.#clock.advance(OUTAGE_MS);
    await wait(4000 * TTL_SWEEP_SECONDS);
    assert.deepEqual(await this.count(), before, 'documents went while nobody was there');
    this.#opened = await open();
    await this.#opened.engine.sweeper.sweepOnce();
    await this.#requireWhole([...this.#named('expired'), ...this.#named('living')]);
    const { engine, caller } = this.#opened;
    for (const sessionId of this.#named('living')) {
      const { head } = await touch(engine, caller, { sessionId, requestId: '', expectedVersion: 0 });
      assert.equal(head.status, 'ACTIVE');
    }
  }

  async purgeAll(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) {
      await this.#advance(RETENTION_MS);
      await this.#advance(20 * HOUR_MS);
    }
    await this.#awaitEvents('DELETED', this.#count);
    const deleted = this.#watcher.received.filter(({ kind }) => kind === 'DELETED');
    assert.equal(new Set(deleted.map(({ sessionId }) => sessionId)).size, this.#count, 'a session was deleted twice');
    for (const { sessionId, recordedAt } of deleted) this.#requireLate(sessionId, recordedAt);
  }

  /** Tombstones and rows are kept for 72 h; then only each tenant's newest row is left. */
  async forgetAll(): Promise<void> {
    for (let turn = 0; turn < 8; turn += 1) await this.#advance(12 * HOUR_MS);
    const left = { sessions: 0, messages: 0, bodies: 0, calls: 0, claims: 0, session_events: 1 };
    const giveUpMs = performance.now() + PATIENCE_MS;
    while (performance.now() < giveUpMs && JSON.stringify(await this.count()) !== JSON.stringify(left)) await wait(200);
    assert.deepEqual(await this.count(), left);
  }

  async close(): Promise<void> {
    await this.#watcher.end();
    await this.#shut();
  }

  #named(ending: (typeof ENDS)[number]): string[] {
    return [...this.#messages.keys()].filter((sessionId) => sessionId.startsWith(ending));
  }

  /** Lets time pass, and does then what the service does in the background. */
  async #advance(ms: number, { isGarbageCollected = true } = {}): Promise<void> {
    const { engine, store } = this.#opened;
    this.#clock.advance(ms);
    await engine.sweeper.sweepOnce();
    while ((await store.finishCommits()) > 0);
    if (!isGarbageCollected) return;
    while ((await store.collectGarbage(1000)) > 0);
    await compactEvents({ store, settings: engine.settings, time: engine.time });
  }

  async #requireWhole(sessionIds: readonly string[]): Promise<void> {
    const { store } = this.#opened;
    for (const sessionId of sessionIds) {
      const { header } = await store.sessions.load(tenant, sessionId, {});
      assert.ok(header !== null && !header.isTombstone, `${sessionId} is gone`);
      const range = { afterSequence: 0, beforeSequence: 0, from: 'oldest', limit: 1000 } as const;
      const messages = await store.messages.read(tenant, header.uid, range);
      assert.equal(messages.length, this.#messages.get(sessionId), `${sessionId} has lost messages`);
    }
  }

  #requireLate(sessionId: string, deletedAt: number): void {
    const ends = this.#watcher.received.filter(
      (event) => event.sessionId === sessionId && (event.kind === 'EXPIRED' || event.kind === 'ENDED'),
    );
    for (const { recordedAt } of ends)
      assert.ok(deletedAt - recordedAt >= RETENTION_MS, `${sessionId} was purged before its retention was over`);
    assert.ok(ends.length === (sessionId.startsWith('deleted') ? 0 : 1), `${sessionId} ended ${ends.length} times`);
  }

  async #awaitEvents(kind: string, count: number): Promise<void> {
    const giveUpMs = performance.now() + PATIENCE_MS;
    const received = () => this.#watcher.received.filter((event) => event.kind === kind).length;
    while (received() < count && performance.now() < giveUpMs) await wait(20);
    assert.equal(received(), count, `${kind} events delivered`);
  }

  /** Waits until the TTL monitor finds nothing more of what was released before. */
  async #settle(): Promise<void> {
    const giveUpMs = performance.now() + PATIENCE_MS;
    const released = () =>
      Promise.all(
        CHILDREN.map((each) => this.#db.collection(each).countDocuments({ gcAt: { $exists: true } }, { limit: 1 })),
      );
    while (performance.now() < giveUpMs && (await released()).some((found) => found > 0)) await wait(100);
  }

  async #shut(): Promise<void> {
    await this.#opened.engine.close();
    await this.#opened.store.close();
  }
}
