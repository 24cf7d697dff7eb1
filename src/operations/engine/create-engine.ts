import type { Call } from '../../model/call.ts';
import { UNIQUE_ID_RANDOM_BYTES, uidFrom } from '../../model/ids.ts';
import { BackgroundWork } from './background-work.ts';
import { createCommitGroup } from './commit-group.ts';
import { DrawnIds } from './drawn-ids.ts';
import { EmbeddedClock } from './embedded-clock.ts';
import type { Engine, EngineOptions } from './engine.ts';
import { DEFAULT_ENGINE_SETTINGS, type EngineSettings } from './engine-settings.ts';
import { EventTails } from './event-tails.ts';
import { guardStore } from './guarded-store.ts';
import { InstanceTally } from './instance-tally.ts';
import { PinnedMemory } from './pinned-memory.ts';
import { RecentKeys } from './recent-keys.ts';
import { SessionLanes } from './session-lanes.ts';
import { SessionSignals } from './session-signals.ts';
import { SharedClock } from './shared-clock.ts';
import { StoreAvailability } from './store-availability.ts';
import type { StoreClock } from './store-clock.ts';
import { faultOfWait } from './store-silence.ts';
import { outcomeUnknown } from './store-unavailable.ts';
import { SweepShare } from './sweep-share.ts';
import { Sweeper } from './sweeper.ts';
import { Turns } from './turns.ts';
import { Watchers } from './watchers.ts';
import { within } from './within.ts';

/**
 * Creates an engine on a store; `start` sets its background work going. A shared store may be away: calls are refused
 * until it is there. Of an exclusive one it is read when life was last seen there.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { clock, random, logger, metrics } = options;
  const settings = settingsOf(options);
  const instanceId = uidFrom(random.bytes(UNIQUE_ID_RANDOM_BYTES));
  const availability = new StoreAvailability({ check: (signal) => options.store.check(signal), logger, metrics });
  const storeClock = await openClock(options, instanceId, settings, availability);
  const store = options.store.isExclusive ? options.store : guardStore(options.store, { availability, clock });
  const core = createCore({ ...options, store }, settings, storeClock, availability);
  const share = new SweepShare(instanceId);
  const { submit, sweepCall, time } = core;
  const sweeper = new Sweeper({
    ...{ sessions: store.sessions, clock, logger, metrics },
    ...{ settings, share, time, submit, sweepCall },
  });
  const background = new BackgroundWork({ store, logger, settings, storeClock, share, sweeper });
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
    availability.close();
    events.close();
  };
  const start = () => background.start();
  const memories = { userTurns: new Turns(), pinned: new PinnedMemory(), recentKeys: new RecentKeys() };
  const parts = {
    ...options,
    ...core,
    store,
    availability,
    instanceId,
    settings,
    events,
    watchers,
    sweeper,
    ...memories,
  };
  return { ...parts, draining: goodbye.signal, start, drain, close };
}

/** Makes what decides and commits. */
function createCore(
  { store, clock, random, metrics }: EngineOptions,
  settings: EngineSettings,
  storeClock: StoreClock,
  availability: StoreAvailability,
) {
  const time = () => storeClock.time();
  const fresh = () => new DrawnIds(random);
  const signals = new SessionSignals();
  const tally = new InstanceTally(clock);
  const commitGroup = createCommitGroup({ store, clock, metrics, settings, signals, time, fresh, tally });
  const lanes = new SessionLanes({ clock, settings, commitGroup });
  const submit: Engine['submit'] = async (submission) => {
    availability.requireThere();
    const submittedMs = clock.monotonicMs();
    try {
      return await lanes.submit(submission);
    } catch (fault) {
      throw faultOfWait(fault, { waitedMs: clock.monotonicMs() - submittedMs, refusal: outcomeUnknown });
    }
  };
  const sweepCall = (): Call => ({ kind: 'sweep', fresh: fresh() });
  return { time, fresh, signals, tally, lanes, submit, sweepCall };
}

async function openClock(
  { store, clock, logger, metrics }: EngineOptions,
  instanceId: string,
  { uncertaintyMs }: EngineSettings,
  availability: StoreAvailability,
): Promise<StoreClock> {
  const { presence } = store;
  if (store.isExclusive) return EmbeddedClock.open({ instanceId, clock, presence, logger });
  const sharedClock = new SharedClock({ instanceId, clock, presence, logger, metrics, uncertaintyMs });
  const contact = sharedClock.contact().catch((error: unknown) => {
    availability.note(error);
    logger.warn({ error }, 'the store cannot be reached yet; calls are served when it is there');
  });
  await within(contact, CONTACT_PATIENCE_MS);
  return sharedClock;
}

/** How long the start waits for a shared store: whoever uses an engine at once finds its clock there, if it can. */
const CONTACT_PATIENCE_MS = 2000;

/** Uncertainty is for stores that several machines share; where there is one, what it sweeps goes into one transaction. */
function settingsOf({ store, settings }: EngineOptions): EngineSettings {
  const merged = { ...DEFAULT_ENGINE_SETTINGS, ...settings };
  return store.isExclusive ? { ...merged, uncertaintyMs: 0, sweepsAtOnceMax: 500 } : merged;
}
