import type { Call, FreshIds } from '../../model/call.ts';
import { runIdFrom, UNIQUE_ID_RANDOM_BYTES, uidFrom } from '../../model/ids.ts';
import type { Random } from '../../ports/random.ts';
import { BackgroundWork } from './background-work.ts';
import { createCommitGroup } from './commit-group.ts';
import type { Engine, EngineOptions } from './engine.ts';
import { DEFAULT_ENGINE_SETTINGS, type EngineSettings } from './engine-settings.ts';
import { EventTails } from './event-tails.ts';
import { InstanceTally } from './instance-tally.ts';
import { SessionLanes } from './session-lanes.ts';
import { SessionSignals } from './session-signals.ts';
import { StoreClock } from './store-clock.ts';
import { Sweeper } from './sweeper.ts';
import { Turns } from './turns.ts';
import { Watchers } from './watchers.ts';

/** Creates an engine on an open store, after reading when life was last seen there; `start` sets its background work going. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { store, clock, random, logger, metrics } = options;
  const settings = settingsOf(options);
  const instanceId = uidFrom(random.bytes(UNIQUE_ID_RANDOM_BYTES));
  const { uncertaintyMs } = settings;
  const storeClock = await StoreClock.open({ instanceId, clock, presence: store.presence, logger, uncertaintyMs });
  const core = createCore(options, settings, storeClock);
  const { submit, sweepCall, time } = core;
  const sweeper = new Sweeper({ sessions: store.sessions, clock, logger, metrics, settings, time, submit, sweepCall });
  const background = new BackgroundWork({ store, logger, settings, storeClock, sweeper });
  const events = new EventTails({ store, clock, logger, settings });
  const watchers = new Watchers({ limits: settings.limits, stallMs: settings.watch.stallMs, metrics });
  const goodbye = new AbortController();
  const drain = async () => {
    goodbye.abort();
    await background.drain();
  };
  const close = async () => {
    await drain();
    await core.lanes.close();
    await background.stop();
    await storeClock.close();
    events.close();
  };
  const start = () => background.start();
  const parts = { ...options, ...core, instanceId, settings, events, watchers, sweeper, userTurns: new Turns() };
  return { ...parts, draining: goodbye.signal, start, drain, close };
}

/** Makes what decides and commits. */
function createCore(
  { store, clock, random, metrics }: EngineOptions,
  settings: EngineSettings,
  storeClock: StoreClock,
) {
  const time = () => storeClock.time();
  const fresh = () => freshIds(random);
  const signals = new SessionSignals();
  const tally = new InstanceTally(time().now);
  const commitGroup = createCommitGroup({ store, clock, metrics, settings, signals, time, tally });
  const lanes = new SessionLanes({ clock, settings, commitGroup });
  const submit: Engine['submit'] = (submission) => lanes.submit(submission);
  const sweepCall = (): Call => ({ kind: 'sweep', fresh: fresh() });
  return { time, fresh, signals, tally, lanes, submit, sweepCall };
}

/** Uncertainty is for stores that several machines share. */
function settingsOf({ store, settings }: EngineOptions): EngineSettings {
  const merged = { ...DEFAULT_ENGINE_SETTINGS, ...settings };
  return store.isExclusive ? { ...merged, uncertaintyMs: 0 } : merged;
}

/** One draw for both: it is on the path of every call. */
function freshIds(random: Random): FreshIds {
  const bytes = random.bytes(2 * UNIQUE_ID_RANDOM_BYTES);
  return {
    uid: uidFrom(bytes.subarray(0, UNIQUE_ID_RANDOM_BYTES)),
    runId: runIdFrom(bytes.subarray(UNIQUE_ID_RANDOM_BYTES)),
  };
}
