import { SessionError } from '../../../src/model/session-error.ts';
import { touch } from '../../../src/operations/touch.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { SkewedClock } from '../../support/skewed-clock.ts';
import { openTestEngine, startSession, type TestEngine } from '../../support/test-engine.ts';
import { ExpiryJudge, type ServerClock } from './expiry-judge.ts';

const STEP_MS = 60_000;
/** A wall clock that jumps ahead by more is an outage; deadlines inside it count as its end and this much more. */
const JUMP_MS = 5000;
const GRACE_MS = 60_000;
const STARTED_AT_ONCE = 10;

/** SteppedClock is the wall clock of the machine that an embedded store is on, and tells what the store's clock must be. */
class SteppedClock implements ServerClock {
  readonly machine: SkewedClock;
  readonly #time = new ManualClock();
  readonly #outages: { from: number; to: number }[] = [];
  #now: number;

  constructor(skewMs: number) {
    this.machine = new SkewedClock(this.#time, skewMs);
    this.#now = this.machine.wallAt();
  }

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#time.advance(ms);
    this.#now = Math.max(this.#now + ms, this.machine.wallAt());
  }

  step(ms: number): void {
    this.machine.stepWall(ms);
    const wallAt = this.machine.wallAt();
    if (wallAt - this.#now > JUMP_MS) this.#outages.push({ from: this.#now, to: wallAt });
    this.#now = Math.max(this.#now, wallAt);
  }

  effectiveAt(deadlineAt: number): number {
    return this.#outages.reduce(
      (at, { from, to }) => (at >= from && at < to + GRACE_MS ? to + GRACE_MS : at),
      deadlineAt,
    );
  }
}

/** Lets sessions expire under touches on an embedded store whose machine's wall clock is wrong and steps; closes the store. */
export async function runOnEmbeddedStore(
  open: (clock: SkewedClock) => Promise<Store> | Store,
  count: number,
  random: SeededRandom,
): Promise<ExpiryJudge> {
  const clock = new SteppedClock(random.integer(10_001) - 5000);
  const judge = new ExpiryJudge(clock);
  const store = judge.watch(await open(clock.machine));
  const settings = { catchUpPerSecond: 1_000_000 };
  const opened = await openTestEngine({ store, machineClock: clock.machine, settings });
  const living = new Set<string>();
  let started = 0;
  while (judge.expired < count) {
    const now = Math.min(count, started + STARTED_AT_ONCE);
    for (; started < now; started += 1) living.add(await begin(opened, judge, `brief-${started}`, random));
    clock.advance(1 + random.integer(2000));
    if (random.integer(20) === 0) clock.step(random.pick([-STEP_MS, STEP_MS]));
    const touched = [...living].filter(() => random.integer(8) === 0 && started < count);
    await Promise.all([
      opened.engine.sweeper.sweepOnce(),
      ...touched.map(async (sessionId) => (await touchOnce(opened, judge, sessionId)) || living.delete(sessionId)),
    ]);
  }
  await store.close();
  return judge;
}

async function begin(opened: TestEngine, judge: ExpiryJudge, sessionId: string, random: SeededRandom): Promise<string> {
  const ttlMs = 1 + random.integer(120_000);
  const { head } = await startSession(opened, { sessionId, ttlMs, dormantAfterMs: 1 + random.integer(ttlMs) });
  judge.grant(head);
  return sessionId;
}

/** Answers false once the session has expired. */
async function touchOnce({ engine, caller }: TestEngine, judge: ExpiryJudge, sessionId: string): Promise<boolean> {
  try {
    judge.grant((await touch(engine, caller, { sessionId, requestId: '', expectedVersion: 0 })).head);
    return true;
  } catch (refusal) {
    if (!(refusal instanceof SessionError) || refusal.reason !== 'SESSION_EXPIRED') throw refusal;
    await judge.refuse(sessionId);
    return false;
  }
}
