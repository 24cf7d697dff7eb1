import { end } from '../../src/operations/end.ts';
import { type WatchExpiryInput, type WatchExpiryStep, watchExpiry } from '../../src/operations/watch-expiry.ts';
import { takeSteps } from './take-steps.ts';
import { openTestEngine, startSession, type TestEngine, type TestEngineOptions, withWatch } from './test-engine.ts';

/** Watch settings for tests that do not want to wait. */
export const quick = withWatch({ pollMinMs: 1, pollMaxMs: 5 });

/** Opens an engine that polls its log without pauses. */
export function openWorld(options: TestEngineOptions = {}): Promise<TestEngine> {
  return openTestEngine({ settings: quick, ...options });
}

function inputOf(fields: Partial<WatchExpiryInput> = {}): WatchExpiryInput {
  const filters = { kinds: [], sessionIds: [], userId: '', agentId: '' };
  return { ...filters, start: { kind: 'earliest' }, progressIntervalMs: null, ...fields };
}

/** Watches from the earliest event, or as the fields say. */
export function watchFrom({ engine, caller }: TestEngine, fields: Partial<WatchExpiryInput> = {}) {
  return watchExpiry(engine, caller, inputOf(fields));
}

/** Starts a session and ends it: one event. */
export async function makeEvent(world: TestEngine, sessionId: string, fields = {}): Promise<void> {
  await startSession(world, { sessionId, ...fields });
  const base = { sessionId, requestId: '', expectedVersion: 0, outcome: null, errorMessage: '', qualityScore: 0 };
  await end(world.engine, world.caller, { ...base, metadataPatch: {} });
}

/** The sessions of the events that steps carry. */
export const idsOf = (steps: WatchExpiryStep[]) =>
  steps.flatMap(({ event }) => (event.kind === 'events' ? event.events.map(({ sessionId }) => sessionId) : []));

/** Takes steps until so many events have come, and returns their sessions. */
export async function nextEvents(stream: AsyncGenerator<WatchExpiryStep>, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) ids.push(...idsOf(await takeSteps(stream, 1)));
  return ids;
}

/** Watches from the token of a step. */
export function resumed(world: TestEngine, step: WatchExpiryStep | undefined) {
  return watchFrom(world, { start: { kind: 'token', resumeToken: step?.resumeToken ?? '' } });
}
