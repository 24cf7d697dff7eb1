import {
  activityCall,
  appendCall,
  deleteCall,
  endCall,
  requestedAs,
  rewindCall,
  startCall,
  summaryCall,
} from '../../../src/contract/calls.ts';
import { Driver } from '../../../src/contract/driver.ts';
import { bytesOf, SAMPLE_AT, sampleAgentActivity } from '../../../src/contract/samples.ts';
import type { Call, CallConditions } from '../../../src/model/call.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Store } from '../../../src/ports/store.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

/** The names that the content bears. */
export const NAMES = {
  tenants: ['tenant-a', 'tenant-b'],
  sessions: Array.from({ length: 10 }, (_, place) => `session-${place}`),
  users: ['', 'ada', 'bob'],
  requestIds: Array.from({ length: 12 }, (_, place) => `request-${place}`),
  callIds: ['call-1', 'call-2', 'call-3'],
  turnIds: ['', 'turn-1', 'turn-2'],
  agents: ['agent-1', 'agent-2'],
};

const WORDS = ['red', 'green', 'blue', 'amber', 'Ω', 'flight', 'refund', 'tomorrow', 'delay', 'gate'];

/** Content stands still in time. */
export const contentClock: Clock = { wallAt: () => SAMPLE_AT, monotonicMs: () => 0 };

/** Names the life of a session; the same in every run, so that equal seeds give equal files. */
export function uidOf(tenant: string, sessionId: string): string {
  return `uid of ${tenant} ${sessionId}`;
}

/** Names the claim of a session. */
export function claimOf(sessionId: string): string {
  return `k/${sessionId}`;
}

/** Fills a store with everything that it can hold: all kinds of rows, short and long ones, live, ended and gone. */
export async function fillStore(store: Store, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  for (const tenant of NAMES.tenants) {
    for (const sessionId of NAMES.sessions) await fillSession(store, tenant, sessionId, random);
    for (const agentId of NAMES.agents) await store.agents.commit(sampleAgentActivity({ tenant, agentId }), 0);
    await submit(store, tenant, 'gone', startCall());
    await submit(store, tenant, 'gone', deleteCall());
  }
  await store.presence.beat('instance', SAMPLE_AT);
  await store.presence.addOutage({ from: SAMPLE_AT - 60_000, to: SAMPLE_AT - 1000 });
}

/** Appends once more to every session: what a log holds that was not emptied into the file. */
export async function addToStore(store: Store, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  for (const tenant of NAMES.tenants) {
    for (const sessionId of NAMES.sessions.slice(2)) await append(store, tenant, sessionId, random, 'request-11');
  }
}

async function fillSession(store: Store, tenant: string, sessionId: string, random: SeededRandom): Promise<void> {
  const place = NAMES.sessions.indexOf(sessionId);
  const userId = random.pick(NAMES.users);
  const texts = { title: `Title ${userId}`, channel: 'web', labels: { user: userId }, metadata: { place } };
  const spec = { ...texts, userId, agentId: `agent ${userId}`, state: { step: 0 } };
  const conditions = { fresh: { uid: uidOf(tenant, sessionId), runId: `run ${place}` }, ...requestedAs('request-0') };
  await submit(store, tenant, sessionId, startCall(spec, conditions, [claimOf(sessionId)]));
  for (const requestId of NAMES.requestIds.slice(1, 9)) await append(store, tenant, sessionId, random, requestId);
  await submit(store, tenant, sessionId, summaryCall(1, 3));
  for (const callId of NAMES.callIds) await submit(store, tenant, sessionId, activityCall(callId));
  if (place % 3 === 0) {
    const cut = { kind: 'lastMessages', count: 2 } as const;
    await submit(store, tenant, sessionId, rewindCall(cut, requestedAs('request-9')));
  }
  if (place < 2) await submit(store, tenant, sessionId, endCall('FAILED', requestedAs('request-10')));
}

async function append(
  store: Store,
  tenant: string,
  sessionId: string,
  random: SeededRandom,
  requestId: string,
): Promise<void> {
  const texts = Array.from({ length: 1 + random.integer(4) }, () => textOf(random));
  const body = bytesOf(`${requestId} ${'.'.repeat(random.integer(10) === 0 ? 9000 : random.integer(300))}`);
  const message = {
    turnId: random.pick(NAMES.turnIds),
    messageId: `message-${requestId}`,
    toolCalls: [{ callId: random.pick(NAMES.callIds), name: 'search' }],
    ...(random.integer(2) === 0 && { body }),
  };
  const conditions: Partial<CallConditions> = requestedAs(requestId, texts);
  await submit(store, tenant, sessionId, appendCall(texts, conditions, { message, state: { step: requestId } }));
}

function textOf(random: SeededRandom): string {
  return Array.from({ length: 1 + random.integer(30) }, () => random.pick(WORDS)).join(' ');
}

function submit(store: Store, tenant: string, sessionId: string, call: Call): Promise<unknown> {
  const time = () => ({ now: SAMPLE_AT, uncertaintyMs: 0, outages: [] });
  return new Driver(store, { tenant, time }).submit(sessionId, call);
}
