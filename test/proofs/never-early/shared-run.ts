import { setTimeout as wait } from 'node:timers/promises';
import { createCachedStore } from '../../../src/adapters/cached/store.ts';
import { openMongoStore } from '../../../src/adapters/mongodb/store.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { SessionError } from '../../../src/model/session-error.ts';
import type { SessionHead } from '../../../src/operations/session-head.ts';
import { touch } from '../../../src/operations/touch.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Store } from '../../../src/ports/store.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { mongoServer } from '../../support/servers/mongo-server.ts';
import { ScratchDatabases } from '../../support/servers/scratch-databases.ts';
import { SkewedClock } from '../../support/skewed-clock.ts';
import { openTestEngine, startSession, type TestEngine } from '../../support/test-engine.ts';
import { ExpiryJudge } from './expiry-judge.ts';

/** The wall clocks of the instances, as wrong as they are, in ms. */
const SKEWS_MS = [-5000, -1500, 5000];
const STEP_MS = 60_000;

const CALLERS = 16;
/** Sessions that one caller touches at a time: what all of them send is no more than a server can take. */
const LIVING_MAX = 16;
const TOUCHES_MAX = 3;
/** A touch comes so long before or after the sweep may have the session, at most. */
const RACE_MS = 400;
const UNCERTAINTY_MS = 1000;
const PATIENCE_MS = 120_000;

const silent = {
  logger: { debug() {}, info() {}, warn() {}, error() {} },
  metrics: { count() {}, observe() {}, gauge() {} },
};

/** Changes what an instance on a machine with this clock finds in its store: a protection taken away. */
export type Change = (store: Store, clock: Clock) => Store;

interface InstanceOptions {
  url: string;
  clock: Clock;
  judge: ExpiryJudge;
  random: SeededRandom;
  change: Change;
}

/** Instances is what a run happens to: engines on one server, each on a machine with a clock of its own. */
interface Instances {
  engines: TestEngine[];
  judge: ExpiryJudge;
  random: SeededRandom;
}

/** Lets sessions with short deadlines expire under touches on MongoDB, by instances whose wall clocks are wrong and step. */
export async function runOnSharedStore(
  count: number,
  random: SeededRandom,
  change: Change = (store) => store,
): Promise<ExpiryJudge> {
  const server = await mongoServer();
  const scratch = new ScratchDatabases(server);
  const name = scratch.next();
  const admin = scratch.client.db('admin');
  const judge = new ExpiryJudge({ now: async () => (await admin.command({ hello: 1 })).localTime.getTime() });
  const clocks = SKEWS_MS.map((skewMs) => new SkewedClock(systemClock, skewMs));
  const engines: TestEngine[] = [];
  for (const clock of clocks)
    engines.push(await openInstance({ url: server.urlOf(name), clock, judge, random, change }));
  const instances = { engines, judge, random };
  const done = new AbortController();
  const stepping = stepClocks(clocks, random, done.signal);
  try {
    const starts = Array.from({ length: count }, (_, place) => `brief-${place}`).values();
    const live = async () => {
      const living = new Set<Promise<void>>();
      for (const sessionId of starts) {
        if (living.size === LIVING_MAX) await Promise.race(living);
        const head = await begin(instances, sessionId);
        const life = touchOn(instances, head)
          .catch((fault) => void judge.violations.push(String(fault)))
          .finally(() => living.delete(life));
        living.add(life);
      }
      await Promise.all(living);
    };
    await Promise.all(Array.from({ length: CALLERS }, live));
    const giveUpMs = performance.now() + PATIENCE_MS;
    while (judge.expired < count && performance.now() < giveUpMs) await wait(50);
    if (judge.expired < count) judge.violations.push(`${count - judge.expired} sessions have not expired at all`);
  } finally {
    done.abort();
    await stepping;
    for (const { engine, store } of engines) {
      await engine.close();
      await store.close();
    }
    await scratch.close();
  }
  return judge;
}

async function openInstance({ url, clock, judge, random, change }: InstanceOptions): Promise<TestEngine> {
  const mongo = await openMongoStore({ url, clock, timeoutMs: 20_000 });
  const store = judge.watch(change(createCachedStore({ store: mongo, clock, ...silent }), clock));
  const opened = await openTestEngine({ store, machineClock: clock, seed: random.integer(2 ** 31) });
  opened.engine.start();
  return opened;
}

async function begin({ engines, judge, random }: Instances, sessionId: string): Promise<SessionHead> {
  const ttlMs = 2000 + random.integer(4000);
  const dormantAfterMs = random.pick([ttlMs, 1 + random.integer(ttlMs)]);
  const start = { sessionId, requestId: sessionId, ttlMs, dormantAfterMs };
  const { head } = await untilAnswered(() => startSession(random.pick(engines), start));
  judge.grant(head);
  return head;
}

/** Sends a call with a request id again for as long as the server is too busy for it. */
async function untilAnswered<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await call();
    } catch (refusal) {
      if (!(refusal instanceof SessionError && refusal.retryAfterMs !== undefined)) throw refusal;
      await wait(refusal.retryAfterMs);
    }
  }
}

/** Touches a session around the moment when the sweep may have it, until it is gone or was touched often enough. */
async function touchOn({ judge, random, engines }: Instances, { sessionId, expireAt }: SessionHead): Promise<void> {
  let dueAt = expireAt as number;
  for (let rest = random.integer(TOUCHES_MAX + 1); rest > 0; rest -= 1) {
    const touchedAt = dueAt + UNCERTAINTY_MS + random.integer(2 * RACE_MS) - RACE_MS;
    await wait(Math.max(0, touchedAt - Date.now()));
    const { engine, caller } = random.pick(engines);
    try {
      const { head } = await touch(engine, caller, { sessionId, requestId: '', expectedVersion: 0 });
      judge.grant(head);
      dueAt = head.expireAt as number;
    } catch (refusal) {
      if (!(refusal instanceof SessionError)) throw refusal;
      if (refusal.reason === 'SESSION_EXPIRED') return judge.refuse(sessionId);
      // A busy server leaves some touches without an answer; they were granted nothing.
      if (refusal.retryAfterMs === undefined) throw refusal;
    }
  }
}

async function stepClocks(clocks: readonly SkewedClock[], random: SeededRandom, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    random.pick(clocks).stepWall(random.pick([-STEP_MS, STEP_MS]));
    await wait(200 + random.integer(600), undefined, { signal }).catch(() => {});
  }
}
