import { SessionError } from '../../../src/model/session-error.ts';
import type { Outage } from '../../../src/model/store-time.ts';
import { deleteSession } from '../../../src/operations/delete.ts';
import { end } from '../../../src/operations/end.ts';
import type { Engine } from '../../../src/operations/engine/engine.ts';
import type { SessionHead } from '../../../src/operations/session-head.ts';
import { start } from '../../../src/operations/start.ts';
import { touch } from '../../../src/operations/touch.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { startInput } from '../../support/test-engine.ts';
import type { Grant } from './guarantees.ts';

/** World is what the schedule of one run acts on and notes. */
export interface World {
  engine: Engine;
  clock: ManualClock;
  random: SeededRandom;
  /** What was granted to each session, in order. */
  grants: Map<string, Grant[]>;
  /** How many lives each session id had. */
  lives: Map<string, number>;
  /** When nobody was there, by the store's now. */
  outages: Outage[];
  restart(): Promise<void>;
}

const tenant = 'acme';
const expiringLeadMs = 500;
const users = ['ada', 'bob', 'eve'];

/** Lets one thing happen: a call, time, a jump of the clock, a restart. */
export async function step(world: World): Promise<void> {
  const { random, clock } = world;
  const dice = random.integer(100);
  if (dice < 35) await startOne(world);
  else if (dice < 50) await touchOne(world);
  else if (dice < 58) await endOne(world);
  else if (dice < 62) await deleteOne(world);
  else if (dice < 95) clock.advance(random.integer(4000));
  else if (dice < 97) clock.stepWall(random.integer(120_000) - 60_000);
  else if (dice < 98) clock.advance(random.integer(90_000));
  else await world.restart();
  if (random.integer(3) === 0) await world.engine.sweeper.sweepOnce();
}

async function startOne(world: World): Promise<void> {
  const { engine, random, lives } = world;
  const known = [...lives.keys()];
  const isSecondLife = known.length > 0 && random.integer(6) === 0;
  const sessionId = isSecondLife ? random.pick(known) : `session-${lives.size}`;
  const ttlMs = 1000 + random.integer(9000);
  const dormantAfterMs = 1 + random.integer(ttlMs);
  const input = { sessionId, userId: random.pick(users), agentId: random.pick(['x', 'y']) };
  const spans = { ttlMs, dormantAfterMs, expiringLeadMs };
  const answer = await unlessRefused(start(engine, caller(), startInput({ ...input, ...spans, ifExists: 'FAIL' })));
  if (answer === null) return;
  lives.set(sessionId, (lives.get(sessionId) ?? 0) + 1);
  note(world, answer.head);
}

async function touchOne(world: World): Promise<void> {
  const sessionId = pickSession(world);
  const answer = await unlessRefused(touch(world.engine, caller(), { sessionId, requestId: '', expectedVersion: 0 }));
  if (answer !== null) note(world, answer.head);
}

async function endOne(world: World): Promise<void> {
  const base = { requestId: '', expectedVersion: 0, errorMessage: '', qualityScore: 0, metadataPatch: {} };
  await unlessRefused(end(world.engine, caller(), { sessionId: pickSession(world), outcome: null, ...base }));
}

async function deleteOne(world: World): Promise<void> {
  const sessionId = pickSession(world);
  const input = { sessionId, requestId: '', expectedVersion: 0, allowMissing: true };
  await unlessRefused(deleteSession(world.engine, caller(), input));
}

function note({ engine, grants }: World, head: SessionHead): void {
  const known = grants.get(head.sessionId) ?? [];
  const { dormantAt, expireAt } = head;
  known.push({ at: engine.time().now, dormantAt: dormantAt ?? 0, expireAt: expireAt ?? 0, expiringLeadMs });
  grants.set(head.sessionId, known);
}

function pickSession({ random, lives }: World): string {
  return lives.size === 0 ? 'session-0' : random.pick([...lives.keys()]);
}

async function unlessRefused<Answer>(call: Promise<Answer>): Promise<Answer | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof SessionError) return null;
    throw error;
  }
}

const caller = () => ({ tenant, signal: new AbortController().signal });
