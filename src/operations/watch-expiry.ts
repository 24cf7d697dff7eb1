import { checkAgentId, checkSessionId } from '../model/checks/check-id.ts';
import { checkSpan } from '../model/checks/check-terms.ts';
import { checkName } from '../model/checks/check-text.ts';
import { limitExceeded } from '../model/checks/refusals.ts';
import type { WatchPosition } from '../model/watch-token.ts';
import { positionAfter } from '../model/watch-token.ts';
import type { Caller } from './caller.ts';
import { draining, onDraining } from './engine/draining.ts';
import type { Engine } from './engine/engine.ts';
import type { WatchSettings } from './engine/engine-settings.ts';
import { findWatchPosition, type WatchStart } from './engine/watch-position.ts';
import type { Watcher } from './engine/watchers.ts';
import { type EventFilter, type LoggedEvent, matcherOf, matchingBatches } from './event-batches.ts';

/** WatchExpiryInput asks for the events of a tenant that match all filters. */
export interface WatchExpiryInput extends EventFilter {
  start: WatchStart;
  /** Null = 30 s. */
  progressIntervalMs: number | null;
}

/** WatchExpiryStep is one step of the event log; a stream from its token begins right after it. */
export interface WatchExpiryStep {
  resumeToken: string;
  event:
    | { kind: 'opened' }
    | { kind: 'events'; events: readonly LoggedEvent[] }
    | { kind: 'progress'; closing: boolean };
}

/**
 * Follows what time and callers do to a tenant's sessions: every event once, in order, and again from a token
 * (watch-log.md). No access. Throws what findWatchPosition does, WATCHER_TOO_SLOW, TOO_MANY_WATCHERS and DRAINING.
 */
export async function* watchExpiry(
  engine: Engine,
  caller: Caller,
  input: WatchExpiryInput,
): AsyncGenerator<WatchExpiryStep> {
  checkInput(input);
  const watcher = engine.watchers.open(caller);
  yield* watcher.pace(follow(engine, watcher, input));
}

const SESSION_IDS_MAX = 100;

function checkInput({ sessionIds, userId, agentId, progressIntervalMs }: WatchExpiryInput): void {
  if (sessionIds.length > SESSION_IDS_MAX)
    throw limitExceeded('session_ids', { name: 'session_ids', value: sessionIds.length, max: SESSION_IDS_MAX });
  for (const [place, sessionId] of sessionIds.entries()) checkSessionId(`session_ids[${place}]`, sessionId);
  checkName('user_id', userId);
  checkAgentId('agent_id', agentId);
  checkSpan('progress_interval', progressIntervalMs ?? undefined);
}

async function* follow(engine: Engine, watcher: Watcher, input: WatchExpiryInput): AsyncGenerator<WatchExpiryStep> {
  const { tenant, signal } = watcher;
  const { watch, eventRetentionMs } = engine.settings;
  const window = { log: engine.events.log, store: engine.store, keptSince: engine.time().now - eventRetentionMs };
  const start = await findWatchPosition(window, tenant, input.start);
  const step = (position: WatchPosition, event: WatchExpiryStep['event']): WatchExpiryStep => ({
    resumeToken: engine.events.tokenOf(tenant, position),
    event,
  });
  yield step(start, { kind: 'opened' });
  const reader = await engine.events.read(tenant, start, signal);
  onDraining(engine.draining, reader.wake, signal);
  const intervalMs = progressIntervalOf(input, watch);
  const matches = matcherOf(input);
  let idleSinceMs = engine.clock.monotonicMs();
  while (!engine.draining.aborted) {
    const rows = await reader.next(intervalMs);
    for (const { last, events } of matchingBatches(rows ?? [], matches, watch.stepBytesMax)) {
      yield eventsStep(engine.events.tokenOf(tenant, positionAfter(last)), events);
      idleSinceMs = engine.clock.monotonicMs();
    }
    const isIdle = rows === null || engine.clock.monotonicMs() - idleSinceMs >= intervalMs;
    if (!isIdle || engine.draining.aborted) continue;
    yield step(reader.position, { kind: 'progress', closing: false });
    idleSinceMs = engine.clock.monotonicMs();
  }
  yield step(reader.position, { kind: 'progress', closing: true });
  throw draining();
}

const eventsSteps = new WeakMap<readonly LoggedEvent[], WatchExpiryStep>();

/** One step for all that are told the same: what is made of it on its way out is made once. */
function eventsStep(resumeToken: string, events: readonly LoggedEvent[]): WatchExpiryStep {
  const known = eventsSteps.get(events);
  if (known?.resumeToken === resumeToken) return known;
  const step: WatchExpiryStep = { resumeToken, event: { kind: 'events', events } };
  eventsSteps.set(events, step);
  return step;
}

function progressIntervalOf({ progressIntervalMs }: WatchExpiryInput, settings: WatchSettings): number {
  if (progressIntervalMs === null || progressIntervalMs === 0) return settings.progressMs;
  return Math.min(Math.max(progressIntervalMs, settings.progressMinMs), settings.progressMaxMs);
}
