import { isDeepStrictEqual } from 'node:util';
import { checkSessionId } from '../model/checks/check-id.ts';
import { checkNumber } from '../model/checks/check-number.ts';
import { notFound } from '../model/decide/refusals.ts';
import type { StoredMessage } from '../model/message.ts';
import type { SequenceRange } from '../model/session.ts';
import type { Caller } from './caller.ts';
import { accessSession, type ReadSession } from './engine/access-session.ts';
import { draining, onDraining } from './engine/draining.ts';
import type { Engine } from './engine/engine.ts';
import { visiblePages } from './engine/read-visible.ts';
import { Wakeup } from './engine/wakeup.ts';
import type { Watcher } from './engine/watchers.ts';
import { newlyHidden } from './newly-hidden.ts';
import { headOf, type SessionHead } from './session-head.ts';
import { type SessionView, VIEW_NEEDS, viewBasis } from './session-view.ts';
import { withoutFileBytes } from './without-file-bytes.ts';

/** WatchInput asks to follow one session; `afterSequence` is the last message that the caller has. */
export interface WatchInput {
  sessionId: string;
  afterSequence: number;
}

/** WatchStep is one step of a followed session; messages are answered without inline files. */
export interface WatchStep {
  head: SessionHead;
  event:
    | { kind: 'opened'; session: SessionView }
    | { kind: 'messagesAdded'; messages: StoredMessage[] }
    | { kind: 'messagesRemoved'; ranges: SequenceRange[] }
    | { kind: 'sessionChanged'; session: SessionView }
    | { kind: 'progress'; closing: boolean };
}

/**
 * Follows one session, level-triggered: how it is, the messages after `afterSequence`, then every change. No access.
 * Throws SESSION_NOT_FOUND when it is deleted, WATCHER_TOO_SLOW, TOO_MANY_WATCHERS and DRAINING.
 */
export async function* watch(engine: Engine, caller: Caller, input: WatchInput): AsyncGenerator<WatchStep> {
  checkSessionId('session_id', input.sessionId);
  checkNumber('after_sequence', input.afterSequence);
  const watcher = engine.watchers.open(caller);
  yield* watcher.pace(follow(engine, watcher, input));
}

/** What the caller has been told. */
interface Told {
  uid: string;
  session: SessionView;
  hidden: readonly SequenceRange[];
  /** The last message told of, or that the caller has. */
  throughSequence: number;
}

async function* follow(engine: Engine, watcher: Watcher, { sessionId, afterSequence }: WatchInput) {
  const { tenant, signal } = watcher;
  const wakeup = new Wakeup(signal);
  const unsubscribe = engine.signals.subscribe(tenant, sessionId, wakeup.wake);
  signal.addEventListener('abort', unsubscribe, { once: true });
  onDraining(engine.draining, wakeup.wake, signal);
  const look = { sessionId, peek: true, minVersion: 0, view: VIEW_NEEDS };
  const read = (mustAskStore: boolean) => accessSession(engine, { tenant, signal }, { ...look, mustAskStore });
  let seen = await read(true);
  const session = viewBasis(seen.basis, engine.time());
  let told: Told = { uid: seen.header.uid, session, hidden: [], throughSequence: afterSequence };
  yield stepOf(engine, seen, { kind: 'opened', session });
  const { sessionPollMs, progressMs } = engine.settings.watch;
  const pollMs = engine.store.isExclusive ? progressMs : sessionPollMs;
  let idleSinceMs = engine.clock.monotonicMs();
  while (!engine.draining.aborted) {
    for await (const event of changesSince(engine, watcher, seen, told)) {
      yield stepOf(engine, seen, event);
      idleSinceMs = engine.clock.monotonicMs();
    }
    told = toldOf(engine, seen, told);
    const idleMs = engine.clock.monotonicMs() - idleSinceMs;
    const isWoken = await wakeup.sleep(Math.max(1, Math.min(pollMs, progressMs - idleMs)));
    // This process' own commits are in its cache; whose else there are, only the store knows.
    seen = await read(!isWoken);
    if (engine.clock.monotonicMs() - idleSinceMs < progressMs || engine.draining.aborted) continue;
    yield stepOf(engine, seen, { kind: 'progress', closing: false });
    idleSinceMs = engine.clock.monotonicMs();
  }
  yield stepOf(engine, seen, { kind: 'progress', closing: true });
  throw draining();
}

function stepOf(engine: Engine, { header }: ReadSession, event: WatchStep['event']): WatchStep {
  return { head: headOf({ header }, engine.time()), event };
}

function toldOf(engine: Engine, { header, basis }: ReadSession, before: Told): Told {
  const throughSequence = Math.max(before.throughSequence, header.lastSequence);
  return { uid: header.uid, session: viewBasis(basis, engine.time()), hidden: header.hidden, throughSequence };
}

/** Tells what differs from what was told: removals first, then messages, then the rest. */
async function* changesSince(
  engine: Engine,
  watcher: Watcher,
  { header, basis }: ReadSession,
  told: Told,
): AsyncGenerator<WatchStep['event']> {
  if (header.uid !== told.uid) throw notFound(header.sessionId);
  const ranges = newlyHidden(told.hidden, header.hidden, told.throughSequence);
  if (ranges.length > 0) yield { kind: 'messagesRemoved', ranges };
  const bytesMax = engine.settings.watch.stepBytesMax;
  const span = { from: 'oldest', afterSequence: told.throughSequence, beforeSequence: 0, bytesMax } as const;
  for await (const messages of visiblePages(engine.store.messages, header, span, watcher.signal)) {
    yield { kind: 'messagesAdded', messages: messages.map((message) => withoutFileBytes(engine.codec, message)) };
  }
  const session = viewBasis(basis, engine.time());
  if (!isDeepStrictEqual(lasting(session), lasting(told.session))) yield { kind: 'sessionChanged', session };
}

/** Leaves out what messages and mere accesses change. */
function lasting(session: SessionView): Partial<SessionView> {
  const { version, counters, lastAccessAt, dormantAt, expireAt, ...rest } = session;
  return rest;
}
